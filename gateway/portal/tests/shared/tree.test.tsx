import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it } from 'vitest'

import { Tree, visible, type Branch } from '@/shared/Tree'

const leaf = (id: string, children: Branch[] = []): Branch => ({ id, name: id, children })
const branches = [leaf('a', [leaf('a1', [leaf('a11')]), leaf('a2')]), leaf('b')]

describe('the tree', () => {
  it('shows what is open only, with depth and place', () => {
    expect(visible(branches, new Set(['a'])).map(({ branch, depth, place, among, parent }) => [branch.id, depth, place, among, parent])).toEqual([
      ['a', 0, 1, 2, ''],
      ['a1', 1, 1, 2, 'a'],
      ['a2', 1, 2, 2, 'a'],
      ['b', 0, 2, 2, ''],
    ])
    expect(visible(branches, new Set(['a1']))).toHaveLength(2)
  })

  it('says to a screen reader what is open and chosen, and takes the focus in one place', () => {
    const nothing = () => undefined
    const drawn = renderToStaticMarkup(<Tree label="units" branches={branches} open={new Set(['a'])} onTurn={nothing} selected="a2" onSelect={nothing} render={(branch) => branch.name} />)
    expect(drawn).toContain('role="tree" aria-label="units"')
    expect(drawn.match(/role="treeitem"/g)).toHaveLength(4)
    expect(drawn.match(/tabindex="0"/g)).toHaveLength(1)
    expect(drawn).toMatch(/data-branch="a2"[^>]*aria-selected="true"[^>]*tabindex="0"/)
    expect(drawn).toMatch(/data-branch="a"[^>]*aria-expanded="true"/)
    expect(drawn).toMatch(/data-branch="a1"[^>]*aria-expanded="false"/)
    expect(drawn).not.toMatch(/data-branch="b"[^>]*aria-expanded/)
  })
})
