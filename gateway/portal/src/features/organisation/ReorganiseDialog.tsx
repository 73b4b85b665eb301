import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { useUnits } from '@/app/units'
import type { ReorganisationEffect } from '@/rpc/crm/support/v1/organisation_pb'
import { UnitKind, type Unit } from '@/rpc/crm/support/v1/support_pb'
import { Effect } from '@/shared/Effect'
import { FormDialog } from '@/shared/form/FormDialog'
import type { Written } from '@/shared/form/Fields'
import { useRequestId } from '@/shared/requestId'
import { say } from '@/shared/toasts'

import { organisation, unitsChanged } from './queries'

const counted = ['communities', 'people', 'customers', 'tasks', 'rules'] as const

function countsOf(effect: ReorganisationEffect | undefined): [name: (typeof counted)[number], count: bigint][] {
  return counted.map((name) => [name, effect?.[name] ?? 0n])
}

/** Moves a community to another bureau or merges a bureau into another: what goes along is shown first. */
export function ReorganiseDialog({ unit, onClose, onDone }: { unit: Unit; onClose: () => void; onDone: (id: string) => void }) {
  const { t } = useSpeech()
  const units = useUnits()
  const requestId = useRequestId()
  const [target, setTarget] = useState('')
  const merges = unit.kind !== UnitKind.COMMUNITY
  const change = merges ? { change: { case: 'merge' as const, value: { fromId: unit.id, intoId: target } } } : { change: { case: 'move' as const, value: { unitId: unit.id, parentId: target } } }
  const preview = useQuery({
    queryKey: ['reorganisation', unit.id, target],
    enabled: target !== '',
    queryFn: ({ signal }) => organisation.previewReorganisation({ change }, { signal }),
    staleTime: 0,
    gcTime: 0,
  })
  const hear = (data: Written) => { setTarget((data['target'] as string | undefined) ?? '') }
  const words = { name: unit.name, target: units.name(target) }
  return (
    <FormDialog
      title={t(merges ? 'unit.merge.title' : 'unit.move.title', { name: unit.name })}
      keep={`unit-reorganise-${unit.id}`}
      intro={<p className="secondary">{t(merges ? 'unit.merge.hint' : 'unit.move.hint')}</p>}
      schema={{ type: 'object', required: ['target'], properties: { target: { type: 'string', title: t(merges ? 'unit.merge.into' : 'unit.move.to') } } }}
      ui={{ target: { 'ui:widget': 'unit', 'ui:options': { kinds: [UnitKind.BUREAU, UnitKind.COUNTY_COMPANY], without: [unit.id, unit.parentId] } } }}
      initial={{}}
      submit={t(merges ? 'unit.merge.do' : 'unit.move.do')}
      danger={merges}
      ready={preview.data !== undefined && !preview.isFetching}
      onChange={hear}
      onClose={onClose}
      onSubmit={async () => {
        try {
          await organisation.reorganise({ requestId: requestId([unit.id, target, preview.data?.version]), change, version: preview.data?.version ?? 0n })
        } catch (cause) {
          // Counted again on the tree as it is now.
          void preview.refetch()
          throw cause
        }
        await unitsChanged()
        say({ tone: 'good', text: t(merges ? 'unit.merge.done' : 'unit.move.done', words), detail: t('unit.reorganised.follow'), seconds: 8 })
        onDone(merges ? target : unit.id)
        onClose()
      }}
    >
      {target ? (
        <Effect
          title={t(merges ? 'unit.merge.preview' : 'unit.move.preview', words)}
          query={preview}
          counts={countsOf(preview.data?.effect).map(([name, count]) => [t(`unit.effect.${name}`), count])}
          note={merges ? t('unit.merge.ends', { name: unit.name }) : undefined}
        />
      ) : null}
    </FormDialog>
  )
}
