/** Random numbers that are the same every time. */
export function chance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** Chooses among some, the same every time. */
export function chooser(seed: number): <T>(among: readonly T[]) => T {
  const next = chance(seed)
  return (among) => {
    const chosen = among[Math.floor(next() * among.length)]
    if (chosen === undefined) throw new Error('nothing to choose from')
    return chosen
  }
}
