import type { RJSFSchema } from '@rjsf/utils'

import { useSpeech } from '@/app/i18n'
import { isBureau } from '@/app/units'
import { UnitKind, type Unit } from '@/rpc/crm/support/v1/support_pb'
import { dayOf } from '@/shared/dates'
import { FormDialog } from '@/shared/form/FormDialog'
import { useRequestId } from '@/shared/requestId'
import { say } from '@/shared/toasts'
import { useNow } from '@/shared/useNow'

import { unitKindText } from './organisationWords'
import { organisation, unitsChanged } from './queries'

/** What may stand below a unit; without one the branch itself. */
export function kindsBelow(unit: Unit | undefined): UnitKind[] {
  if (!unit) return [UnitKind.BRANCH]
  if (unit.kind === UnitKind.BRANCH) return [UnitKind.BUREAU, UnitKind.COUNTY_COMPANY, UnitKind.DEPARTMENT]
  return isBureau(unit) ? [UnitKind.COMMUNITY, UnitKind.DEPARTMENT] : []
}

/** Adds a unit below another, or the branch itself where there is nothing yet. */
export function AddUnitDialog({ parent, onClose, onAdded }: { parent?: Unit; onClose: () => void; onAdded: (id: string) => void }) {
  const { t } = useSpeech()
  const requestId = useRequestId()
  const today = dayOf(useNow())
  const kinds = kindsBelow(parent)
  const schema: RJSFSchema = {
    type: 'object',
    required: ['kind', 'name', 'code'],
    properties: {
      kind: { type: 'integer', title: t('unit.field.kind'), oneOf: kinds.map((kind) => ({ const: kind, title: unitKindText(kind, t) })) },
      name: { type: 'string', title: t('unit.field.name'), minLength: 1, maxLength: 60 },
      code: { type: 'string', title: t('unit.field.code'), minLength: 1, maxLength: 20, description: t('unit.codeHint') },
      valid_from: { type: 'string', format: 'date', title: t('unit.field.valid_from') },
    },
  }
  return (
    <FormDialog
      title={parent ? t('unit.add.title', { name: parent.name }) : t('unit.add.branch')}
      keep={`unit-add-${parent?.id ?? ''}`}
      schema={schema}
      ui={{ kind: { 'ui:widget': 'radio' }, valid_from: { 'ui:widget': 'date' } }}
      initial={{ valid_from: today, ...(kinds[0] === undefined ? {} : { kind: kinds[0] }) }}
      submit={t('unit.add.do')}
      onClose={onClose}
      onSubmit={async (data) => {
        const unit = { kind: data['kind'] as UnitKind, name: String(data['name']).trim(), code: String(data['code']).trim(), validFrom: (data['valid_from'] as string | undefined) ?? '', parentId: parent?.id ?? '' }
        const answer = await organisation.createUnit({ requestId: requestId(unit), unit })
        await unitsChanged()
        say({ tone: 'good', text: t('unit.add.done', { name: unit.name }) })
        onAdded(answer.unit?.id ?? '')
        onClose()
      }}
    />
  )
}

/** Gives a unit another name. */
export function RenameUnitDialog({ unit, onClose }: { unit: Unit; onClose: () => void }) {
  const { t } = useSpeech()
  return (
    <FormDialog
      title={t('unit.rename.title', { name: unit.name })}
      keep={`unit-rename-${unit.id}`}
      schema={{ type: 'object', required: ['name'], properties: { name: { type: 'string', title: t('unit.field.name'), minLength: 1, maxLength: 60 } } }}
      initial={{ name: unit.name }}
      submit={t('action.save')}
      onClose={onClose}
      onSubmit={async (data) => {
        await organisation.updateUnit({ id: unit.id, name: String(data['name']).trim() })
        await unitsChanged()
        say({ tone: 'good', text: t('unit.rename.done') })
        onClose()
      }}
    />
  )
}

/** Ends a unit on a day. */
export function EndUnitDialog({ unit, onClose }: { unit: Unit; onClose: () => void }) {
  const { t } = useSpeech()
  const today = dayOf(useNow())
  return (
    <FormDialog
      title={t('unit.end.title', { name: unit.name })}
      keep={`unit-end-${unit.id}`}
      intro={<p className="secondary">{t('unit.end.hint')}</p>}
      schema={{ type: 'object', required: ['valid_to'], properties: { valid_to: { type: 'string', format: 'date', title: t('unit.field.valid_to') } } }}
      ui={{ valid_to: { 'ui:widget': 'date' } }}
      initial={{ valid_to: today }}
      submit={t('unit.end.do')}
      danger
      onClose={onClose}
      onSubmit={async (data) => {
        await organisation.updateUnit({ id: unit.id, validTo: String(data['valid_to']) })
        await unitsChanged()
        const undo = () => void organisation.updateUnit({ id: unit.id, validTo: unit.validTo }).then(unitsChanged)
        say({ tone: 'good', text: t('unit.end.done', { name: unit.name }), action: { label: t('action.undo'), run: undo }, seconds: 8 })
        onClose()
      }}
    />
  )
}
