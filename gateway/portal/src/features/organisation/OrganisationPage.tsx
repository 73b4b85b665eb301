import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Button, Checkbox, Input } from 'antd'
import { Network, Plus, Search } from 'lucide-react'
import { useMemo, useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { useAllUnits } from '@/app/units'
import { Action } from '@/rpc/crm/common/v1/access_pb'
import type { Unit } from '@/rpc/crm/support/v1/support_pb'
import { cx } from '@/shared/cx'
import { dayOf } from '@/shared/dates'
import { Empty, ErrorNote } from '@/shared/Notes'
import { countText } from '@/shared/numbers'
import { Page } from '@/shared/Page'
import { Skeleton } from '@/shared/Skeleton'
import { Split, useWide } from '@/shared/Split'
import { Tree } from '@/shared/Tree'
import { useNow } from '@/shared/useNow'
import { useTyped } from '@/shared/useTyped'

import style from './OrganisationPage.module.css'
import { usePeople } from './queries'
import { findBranch, idsOf, standingOf, treeOf, type UnitBranch } from './tree'
import { AddUnitDialog } from './UnitDialogs'
import { UnitPane } from './UnitPane'

const route = getRouteApi('/organisation')

/** Ids of the units above one. */
function above(units: readonly Unit[], id: string | undefined): string[] {
  const parents = new Map(units.map((unit) => [unit.id, unit.parentId]))
  const found: string[] = []
  for (let at = parents.get(id ?? ''); at && !found.includes(at); at = parents.get(at)) found.push(at)
  return found
}

/** The branch as a tree, and the chosen unit beside it. */
export default function OrganisationPage() {
  const { t, language } = useSpeech()
  const { unit: chosen, query = '', ended = false } = route.useSearch()
  const navigate = useNavigate({ from: '/organisation' })
  const wide = useWide()
  const today = dayOf(useNow())
  const units = useAllUnits()
  const people = usePeople()
  const [typed, setTyped] = useTyped(query, (next) => void navigate({ search: (old) => ({ ...old, query: next.trim() || undefined }), replace: true }))
  const rows = useMemo(() => treeOf(units.data?.units ?? [], people.counts, { query, ended, today }), [units.data, people.counts, query, ended, today])
  const whole = useMemo(() => treeOf(units.data?.units ?? [], people.counts, { query: '', ended: true, today }), [units.data, people.counts, today])
  const [root] = whole
  const [turned, setTurned] = useState<ReadonlyMap<string, boolean>>(new Map())
  const open = useMemo(() => {
    const found = new Set(query ? idsOf(rows) : [root?.id ?? '', ...above(units.data?.units ?? [], chosen)])
    for (const [id, state] of turned) {
      if (state) found.add(id)
      else found.delete(id)
    }
    return found
  }, [query, rows, root, turned, units.data, chosen])
  const { may } = useAccess()
  const [founding, setFounding] = useState(false)
  const select = (id: string | undefined) => {
    // Whatever is chosen can be seen, though somebody closed what is above it.
    const kept = new Map(turned)
    for (const each of above(units.data?.units ?? [], id)) kept.delete(each)
    setTurned(kept)
    void navigate({ search: (old) => ({ ...old, unit: id }), replace: wide, resetScroll: false })
  }
  const shown = chosen ? findBranch(whole, chosen) : wide ? root : undefined
  const count = (branch: UnitBranch) => (people.known ? countText(branch.people, language) : '')
  return (
    <Page title={t('organisation.title')} note={t('organisation.note')} fill>
      <Split
        shape="slim"
        listLabel={t('organisation.tree')}
        list={
          <>
            <div className={style.tools}>
              <Input allowClear prefix={<Search size={15} aria-hidden="true" />} aria-label={t('organisation.search')} placeholder={t('organisation.search')} value={typed} onChange={(event) => { setTyped(event.target.value) }} />
              <Checkbox checked={ended} onChange={(event) => void navigate({ search: (old) => ({ ...old, ended: event.target.checked || undefined }), replace: true })}>{t('organisation.ended')}</Checkbox>
            </div>
            {units.error ? <div className={style.note}><ErrorNote error={units.error} retry={() => void units.refetch()} /></div> : null}
            {units.isPending ? <div className={style.note}><Skeleton lines={9} tall /></div> : null}
            {units.data && rows.length === 0 ? <Empty icon={<Network aria-hidden="true" />} title={t(query ? 'organisation.none' : 'organisation.empty')} hint={t(query ? 'organisation.noneHint' : 'organisation.emptyHint')} action={!query && may('support.organisation', Action.CREATE) ? <Button type="primary" icon={<Plus size={15} aria-hidden="true" />} onClick={() => { setFounding(true) }}>{t('unit.add.branch')}</Button> : undefined} /> : null}
            {founding ? <AddUnitDialog onClose={() => { setFounding(false) }} onAdded={select} /> : null}
            {rows.length > 0 ? (
              <Tree
                label={t('organisation.tree')}
                branches={rows}
                open={open}
                onTurn={(id, state) => { setTurned(new Map(turned).set(id, state)) }}
                selected={shown?.id}
                onSelect={select}
                render={(branch) => {
                  const { unit } = branch as UnitBranch
                  return (
                    <span className={style.row}>
                      <span className={cx(standingOf(unit, today) === 'ended' && style.ended)}>{unit.name}</span>
                      <span className={style.count} title={t('unit.people')}>{count(branch as UnitBranch)}</span>
                    </span>
                  )
                }}
              />
            ) : null}
          </>
        }
        detailLabel={shown?.name ?? t('organisation.unit')}
        detail={shown ? <UnitPane key={shown.id} branch={shown} counted={people.known} onSelect={select} /> : units.isPending ? <div className={style.note}><Skeleton lines={8} /></div> : <Empty title={t('organisation.unit')} />}
        open={chosen !== undefined && shown !== undefined}
        onClose={() => { select(undefined) }}
      />
    </Page>
  )
}
