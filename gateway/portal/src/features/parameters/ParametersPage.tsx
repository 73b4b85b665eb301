import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Input, Select } from 'antd'
import { Search, SlidersHorizontal } from 'lucide-react'
import { useMemo } from 'react'

import { useSpeech } from '@/app/i18n'
import { useUnits } from '@/app/units'
import type { ParameterView } from '@/rpc/crm/support/v1/parameters_pb'
import { UnitKind } from '@/rpc/crm/support/v1/support_pb'
import { dayText } from '@/shared/dates'
import { Empty, ErrorNote } from '@/shared/Notes'
import { Page } from '@/shared/Page'
import { Segments } from '@/shared/Segments'
import { Skeleton } from '@/shared/Skeleton'
import { Split, useWide } from '@/shared/Split'
import { Tag } from '@/shared/Tag'
import { UnitSelect } from '@/shared/UnitSelect'
import { useNow } from '@/shared/useNow'
import { useTyped } from '@/shared/useTyped'

import { ExtraFields } from './ExtraFields'
import { isOwn, originText } from './origin'
import { ParameterPane } from './ParameterPane'
import style from './ParametersPage.module.css'
import { groupOf, groups, parametersQuery, type Group } from './queries'
import { readSchema, readValue, titleOf, valueText } from './schema'

const route = getRouteApi('/parameters')
const levels = [UnitKind.BUREAU, UnitKind.COUNTY_COMPANY, UnitKind.COMMUNITY]

function Row({ view, unitId, chosen, onChoose }: { view: ParameterView; unitId: string; chosen: boolean; onChoose: () => void }) {
  const speech = useSpeech()
  const { t, language } = speech
  const units = useUnits()
  const now = useNow()
  const schema = readSchema(view.declaration?.schemaJson ?? '{}')
  const [next] = view.upcoming
  return (
    <li>
      <button type="button" className={style.row} aria-pressed={chosen} onClick={onChoose}>
        <span>{titleOf(schema, speech) || view.declaration?.key}</span>
        <b>{valueText(schema, readValue(view.valueJson), speech)}</b>
        <span className={style.more}>
          <Tag tone={isOwn(view, unitId) ? 'accent' : 'quiet'}>{originText(view, unitId, units, speech)}</Tag>
          {view.effectiveFrom ? <span>{t('parameter.from', { day: dayText(view.effectiveFrom, now, language) })}</span> : null}
          {next ? <span>{t('parameter.next', { day: dayText(next.effectiveFrom, now, language), value: next.valueJson === '' ? t('parameter.values.away') : valueText(schema, readValue(next.valueJson), speech) })}</span> : null}
        </span>
      </button>
    </li>
  )
}

/** Parameters by group, those of one group or with a word in their title only. */
function useGroups(views: ParameterView[], group: Group | undefined, query: string): [Group, ParameterView[]][] {
  const speech = useSpeech()
  return useMemo(() => {
    const wanted = query.toLowerCase()
    const fits = (view: ParameterView) => {
      const title = titleOf(readSchema(view.declaration?.schemaJson ?? '{}'), speech)
      return wanted === '' || title.toLowerCase().includes(wanted) || (view.declaration?.key ?? '').includes(wanted)
    }
    return groups
      .filter((one) => !group || one === group)
      .map((one): [Group, ParameterView[]] => [one, views.filter((view) => groupOf(view.declaration?.group ?? '') === one && fits(view))])
      .filter(([, found]) => found.length > 0)
  }, [views, group, query, speech])
}

function Values() {
  const speech = useSpeech()
  const { t } = speech
  const { unit = '', group, query = '', key } = route.useSearch()
  const navigate = useNavigate({ from: '/parameters' })
  const wide = useWide()
  const units = useUnits()
  const change = (next: object) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true, resetScroll: false })
  const [typed, setTyped] = useTyped(query, (next) => { change({ query: next.trim() || undefined }) })
  const list = useQuery({ ...parametersQuery(unit), placeholderData: (old) => old })
  const shown = useGroups(list.data?.parameters ?? [], group, query)
  const unitName = unit === '' ? (units.branch?.name ?? t('unit.kind.branch')) : units.name(unit)
  const first = shown[0]?.[1][0]
  const chosen = list.data?.parameters.find((view) => view.declaration?.key === key) ?? (wide && !key ? first : undefined)
  return (
    <>
      <div className={style.bar}>
        <UnitSelect className={style.unit} label={t('parameter.at')} kinds={levels} placeholder={units.branch?.name ?? t('unit.kind.branch')} value={unit || undefined} onChange={(next) => { change({ unit: next }) }} />
        <Select className={style.unit} allowClear aria-label={t('parameter.group')} placeholder={t('parameter.allGroups')} value={group} onChange={(next?: Group) => { change({ group: next }) }} options={groups.map((one) => ({ value: one, label: t(`parameter.group.${one}`) }))} />
        <Input className={style.search} allowClear prefix={<Search size={15} aria-hidden="true" />} aria-label={t('parameter.search')} placeholder={t('parameter.search')} value={typed} onChange={(event) => { setTyped(event.target.value) }} />
      </div>
      <Split
        listLabel={t('parameter.title')}
        list={
          <>
            {list.error ? <div className={style.note}><ErrorNote error={list.error} retry={() => void list.refetch()} /></div> : null}
            {list.isPending ? <div className={style.note}><Skeleton lines={9} tall /></div> : null}
            {list.data && shown.length === 0 ? <Empty icon={<SlidersHorizontal aria-hidden="true" />} title={t('parameter.none')} hint={t('parameter.noneHint')} /> : null}
            {shown.map(([one, views]) => (
              <section key={one} aria-label={t(`parameter.group.${one}`)}>
                <h2 className={style.group}>{t(`parameter.group.${one}`)} <span>{views.length}</span></h2>
                <ul className={style.rows}>
                  {views.map((view) => (
                    <Row key={view.declaration?.key} view={view} unitId={unit} chosen={view === chosen} onChoose={() => void navigate({ search: (old) => ({ ...old, key: view.declaration?.key }), replace: wide, resetScroll: false })} />
                  ))}
                </ul>
              </section>
            ))}
          </>
        }
        detailLabel={(chosen && titleOf(readSchema(chosen.declaration?.schemaJson ?? '{}'), speech)) || t('parameter.detail')}
        detail={chosen ? <ParameterPane key={`${chosen.declaration?.key ?? ''}-${unit}`} view={chosen} unitId={unit} unitName={unitName} /> : list.isPending ? <div className={style.note}><Skeleton lines={8} /></div> : <Empty title={t('parameter.nothingChosen')} />}
        open={key !== undefined && chosen !== undefined}
        onClose={() => { change({ key: undefined }) }}
      />
    </>
  )
}

/** Parameters and thresholds as they hold at a unit, and the fields of the branch's own. */
export default function ParametersPage() {
  const { t } = useSpeech()
  const { show = 'values' } = route.useSearch()
  const navigate = useNavigate({ from: '/parameters' })
  return (
    <Page
      title={t('parameter.title')}
      note={t('parameter.noteOfPage')}
      actions={<Segments label={t('parameter.parts')} value={show} onChange={(next) => void navigate({ search: { show: next === 'values' ? undefined : next } })} options={[{ value: 'values', label: t('parameter.part.values') }, { value: 'fields', label: t('parameter.part.fields') }]} />}
      fill
    >
      {show === 'fields' ? <ExtraFields /> : <Values />}
    </Page>
  )
}
