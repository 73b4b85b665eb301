import { ChevronRight } from 'lucide-react'
import { useRef, type CSSProperties, type KeyboardEvent, type ReactNode } from 'react'

import style from './Tree.module.css'

/** A place in a tree. */
export interface Branch {
  id: string
  /** What a screen reader says, and what typing a letter goes to. */
  name: string
  children: Branch[]
}

/** A place as it is drawn: how deep, and which of how many. */
export interface Visible {
  branch: Branch
  depth: number
  place: number
  among: number
  parent: string
}

/** The places that can be seen, top to bottom. */
export function visible(branches: Branch[], open: ReadonlySet<string>, depth = 0, parent = ''): Visible[] {
  return branches.flatMap((branch, index) => [
    { branch, depth, place: index + 1, among: branches.length, parent },
    ...(open.has(branch.id) ? visible(branch.children, open, depth + 1, branch.id) : []),
  ])
}

interface TreeProps {
  label: string
  branches: Branch[]
  open: ReadonlySet<string>
  onTurn: (id: string, open: boolean) => void
  selected: string | undefined
  onSelect: (id: string) => void
  render: (branch: Branch) => ReactNode
}

/** A tree walked with the arrow keys, Home and End; right opens, left closes or goes up. */
export function Tree({ label, branches, open, onTurn, selected, onSelect, render }: TreeProps) {
  const box = useRef<HTMLDivElement>(null)
  const rows = visible(branches, open)
  const reached = rows.some(({ branch }) => branch.id === selected) ? selected : rows[0]?.branch.id
  const focus = (id: string | undefined) => {
    if (id) box.current?.querySelector<HTMLElement>(`[data-branch="${CSS.escape(id)}"]`)?.focus()
  }
  const onKeyDown = (event: KeyboardEvent, at: number) => {
    const row = rows[at]
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return
    const { branch } = row
    const moves: Record<string, () => void> = {
      ArrowDown: () => { focus(rows[at + 1]?.branch.id) },
      ArrowUp: () => { focus(rows[at - 1]?.branch.id) },
      Home: () => { focus(rows[0]?.branch.id) },
      End: () => { focus(rows.at(-1)?.branch.id) },
      ArrowRight: () => {
        if (branch.children.length === 0) return
        if (open.has(branch.id)) focus(rows[at + 1]?.branch.id)
        else onTurn(branch.id, true)
      },
      ArrowLeft: () => {
        if (open.has(branch.id) && branch.children.length > 0) onTurn(branch.id, false)
        else focus(row.parent)
      },
      Enter: () => { onSelect(branch.id) },
      ' ': () => { onSelect(branch.id) },
    }
    const move = moves[event.key]
    if (!move) return
    event.preventDefault()
    event.stopPropagation()
    move()
  }
  return (
    <div ref={box} role="tree" aria-label={label} className={style.tree}>
      {rows.map(({ branch, depth, place, among }, at) => {
        const turns = branch.children.length > 0
        return (
          <div
            key={branch.id}
            role="treeitem"
            data-branch={branch.id}
            aria-level={depth + 1}
            aria-posinset={place}
            aria-setsize={among}
            aria-selected={branch.id === selected}
            {...(turns ? { 'aria-expanded': open.has(branch.id) } : {})}
            tabIndex={branch.id === reached ? 0 : -1}
            className={style.item}
            style={{ '--depth': depth } as CSSProperties}
            onClick={() => { onSelect(branch.id) }}
            onKeyDown={(event) => { onKeyDown(event, at) }}
          >
            {/* The arrow keys do the same; this is for the pointer. */}
            { }
            <span className={style.turn} aria-hidden="true" onClick={turns ? (event) => { event.stopPropagation(); onTurn(branch.id, !open.has(branch.id)) } : undefined}>
              {turns ? <ChevronRight /> : null}
            </span>
            <span className={style.label}>{render(branch)}</span>
          </div>
        )
      })}
    </div>
  )
}
