import { useMutation, useQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { CornerLeftUp, Pencil, Undo2 } from 'lucide-react'
import { useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { tell } from '@/app/refusal'
import { useUnits } from '@/app/units'
import { Action } from '@/rpc/crm/common/v1/access_pb'
import type { Change } from '@/rpc/crm/common/v1/change_pb'
import type { ParameterValue, ParameterView } from '@/rpc/crm/support/v1/parameters_pb'
import { cx } from '@/shared/cx'
import { fullDayText } from '@/shared/dates'
import { Facts } from '@/shared/Facts'
import { History } from '@/shared/History'
import { ErrorNote } from '@/shared/Notes'
import { Skeleton } from '@/shared/Skeleton'
import { Tag } from '@/shared/Tag'
import { Time } from '@/shared/Time'
import { say } from '@/shared/toasts'

import { usePeople } from '../organisation/queries'
import { isOwn, levelOf, originText } from './origin'
import style from './ParameterPane.module.css'
import { changing, parameters, useParameterChanges, valuesQuery } from './queries'
import { meaningOf, rangeText, readSchema, readValue, titleOf, valueText, type Declared } from './schema'
import { SetDialog } from './SetDialog'

/** Everything that was ever set, each of which can be taken back. */
function Values({ view, schema, may }: { view: ParameterView; schema: Declared; may: boolean }) {
  const speech = useSpeech()
  const { t, language } = speech
  const units = useUnits()
  const people = usePeople()
  const key = view.declaration?.key ?? ''
  const values = useQuery(valuesQuery(key))
  const revert = useMutation({
    mutationFn: (value: ParameterValue) => changing(parameters.revertParameter({ valueId: value.id })),
    onSuccess: ({ parameter }) => { say(parameter?.approvalId ? { tone: 'good', text: t('parameter.set.waits'), detail: t('parameter.set.waitsHint') } : { tone: 'good', text: t('parameter.reverted') }) },
    onError: (cause) => {
      const told = tell(cause, speech)
      say({ tone: 'bad', text: told.what, detail: `${told.why} ${told.next}` })
    },
  })
  if (values.error) return <ErrorNote error={values.error} retry={() => void values.refetch()} compact />
  if (values.isPending) return <Skeleton lines={3} />
  if (values.data.values.length === 0) return <p className="faint">{t('parameter.values.none')}</p>
  return (
    <ul className={style.values}>
      {values.data.values.map((value) => (
        <li key={value.id}>
          <div>
            <p><b>{value.valueJson === '' ? t('parameter.values.away') : valueText(schema, readValue(value.valueJson), speech)}</b> · {value.unitId === '' ? (units.branch?.name ?? t('unit.kind.branch')) : units.name(value.unitId) || value.unitId}</p>
            <p className={style.note}>{t('parameter.from', { day: fullDayText(value.effectiveFrom, language) })} · {people.name(value.setBy) || value.setBy} · <Time at={value.setAt} past /></p>
            {value.note ? <p className={style.note}>{value.note}</p> : null}
          </div>
          {may ? <Button size="small" icon={<Undo2 size={14} aria-hidden="true" />} loading={revert.isPending && revert.variables.id === value.id} onClick={() => { revert.mutate(value) }}>{t('parameter.revert')}</Button> : null}
        </li>
      ))}
    </ul>
  )
}

/** How the history of a parameter names its fields and values. */
function useParameterWords(schema: Declared) {
  const speech = useSpeech()
  const { find, language } = speech
  const units = useUnits()
  return {
    // A change is traced under the unit it was made for; that of the branch is simply the value.
    field: (change: Change) => (change.field === 'value' ? units.branch?.name : undefined) ?? find(`parameter.field.${change.field}`) ?? (units.name(change.field) || change.field),
    value: (change: Change, stored: string) => {
      if (change.field === 'effective_from') return fullDayText(stored, language)
      if (change.field === 'unit_id') return units.name(stored) || stored
      const read = readValue(stored)
      return read === undefined ? stored : valueText(schema, read, speech)
    },
  }
}

function Changes({ name, schema }: { name: string; schema: Declared }) {
  const { t } = useSpeech()
  const words = useParameterWords(schema)
  const query = useParameterChanges(name)
  if (query.isPending) return <Skeleton lines={3} />
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} compact />
  return (
    <>
      <History changes={query.data.pages.flatMap((page) => page.changes)} words={words} />
      {query.hasNextPage ? <Button type="link" onClick={() => void query.fetchNextPage()}>{t('list.more')}</Button> : null}
    </>
  )
}

/** One parameter at one unit: what holds and from where, what comes, what was set, and the way to set it. */
export function ParameterPane({ view, unitId, unitName }: { view: ParameterView; unitId: string; unitName: string }) {
  const speech = useSpeech()
  const { t, find, language } = speech
  const access = useAccess()
  const units = useUnits()
  const [doing, setDoing] = useState<'set' | 'away'>()
  const schema = readSchema(view.declaration?.schemaJson ?? '{}')
  const key = view.declaration?.key ?? ''
  const levels = view.declaration?.levels ?? []
  const level = levelOf(unitId, units)
  const settable = level !== undefined && levels.includes(level)
  const may = access.may('support.parameter', Action.CHANGE)
  const own = isOwn(view, unitId)
  const levelNames = levels.map((one) => find(`unit.kind.${one}`) ?? one).join(t('list.comma'))
  return (
    <div className={style.pane}>
      <h2>{titleOf(schema, speech) || key}</h2>
      <p className={style.meaning}>{meaningOf(schema, speech)}</p>
      <p className={style.now}>
        <b className={cx(schema.type === 'object' && style.many)}>{valueText(schema, readValue(view.valueJson), speech)}</b>
        <Tag tone={own ? 'accent' : 'quiet'}>{originText(view, unitId, units, speech)}</Tag>
        {view.effectiveFrom ? <span className="secondary">{t('parameter.from', { day: fullDayText(view.effectiveFrom, language) })}</span> : null}
      </p>
      <Facts
        facts={[
          [t('parameter.at'), unitName],
          [t('parameter.range'), rangeText(schema, speech)],
          [t('parameter.default'), valueText(schema, readValue(view.declaration?.defaultJson ?? ''), speech)],
          [t('parameter.levels'), levelNames],
          [t('parameter.columns'), view.declaration?.columns.join(t('list.comma')) ?? ''],
          [t('parameter.key'), key],
        ]}
      />
      {may ? (
        <div className={style.bar}>
          <Button type="primary" disabled={!settable} icon={<Pencil size={15} aria-hidden="true" />} onClick={() => { setDoing('set') }}>{t('parameter.set')}</Button>
          {own && unitId !== '' ? <Button icon={<CornerLeftUp size={15} aria-hidden="true" />} onClick={() => { setDoing('away') }}>{t('parameter.away')}</Button> : null}
        </div>
      ) : null}
      {view.approvalId ? <p className="secondary" role="status">{t('parameter.waiting')}</p> : null}
      {may && !settable ? <p className="secondary">{t('parameter.notHere', { levels: levelNames })}</p> : null}
      {view.upcoming.length > 0 ? (
        <section>
          <h3>{t('parameter.upcoming')}</h3>
          <ul className={style.values}>
            {view.upcoming.map((value) => (
              <li key={value.id}><span>{t('parameter.from', { day: fullDayText(value.effectiveFrom, language) })}</span><b>{value.valueJson === '' ? t('parameter.values.away') : valueText(schema, readValue(value.valueJson), speech)}</b></li>
            ))}
          </ul>
        </section>
      ) : null}
      <section>
        <h3>{t('parameter.values')}</h3>
        <Values view={view} schema={schema} may={may} />
      </section>
      <section>
        <h3>{t('history.title')}</h3>
        <Changes name={key} schema={schema} />
      </section>
      {doing ? <SetDialog view={view} unitId={unitId} unitName={unitName} away={doing === 'away'} onClose={() => { setDoing(undefined) }} /> : null}
    </div>
  )
}
