import type { Span } from '@/rpc/crm/telemetry/v1/telemetry_pb'

/** A step with its place in the tree, and the time it spent itself and not in steps of its own. */
export interface Step {
  span: Span
  depth: number
  ownUs: number
}

/** Spans as a tree written out line by line: each below the one it belongs to, in the order of their begins. */
export function waterfall(spans: Span[]): Step[] {
  const known = new Set(spans.map((span) => span.spanId))
  const below = new Map<string, Span[]>()
  for (const span of spans) {
    const parent = known.has(span.parentId) ? span.parentId : ''
    below.set(parent, [...(below.get(parent) ?? []), span])
  }
  const steps: Step[] = []
  const write = (parent: string, depth: number) => {
    for (const span of (below.get(parent) ?? []).sort((a, b) => Number(a.beginUs - b.beginUs))) {
      steps.push({ span, depth, ownUs: own(span, below.get(span.spanId) ?? []) })
      write(span.spanId, depth + 1)
    }
  }
  write('', 0)
  return steps
}

/** The time of a span that none of its own steps covers; steps at the same time count once. */
function own(span: Span, steps: Span[]): number {
  const end = Number(span.beginUs + span.tookUs)
  let left = Number(span.tookUs)
  let at = Number(span.beginUs)
  for (const step of [...steps].sort((a, b) => Number(a.beginUs - b.beginUs))) {
    const from = Math.max(at, Number(step.beginUs))
    const to = Math.min(end, Number(step.beginUs + step.tookUs))
    if (to > from) {
      left -= to - from
      at = to
    }
  }
  return left
}

/** The microseconds that the picture covers. What comes long after, such as an event sent again, would make all else a hairline: it is left out and lies at the edge. */
export function coveredUs(steps: Step[]): number {
  const first = steps[0]
  if (!first) return 1
  const near = 20 * Number(first.span.tookUs) + 2_000_000
  return Math.max(1, ...steps.filter(({ span }) => Number(span.beginUs) <= near).map(({ span }) => Number(span.beginUs) + Number(span.tookUs)))
}
