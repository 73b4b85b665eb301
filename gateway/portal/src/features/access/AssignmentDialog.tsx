import { create } from '@bufbuild/protobuf'
import { useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { RoleAssignmentSchema, type RoleAssignment } from '@/rpc/crm/common/v1/access_pb'
import type { Written } from '@/shared/form/Fields'
import { FormDialog } from '@/shared/form/FormDialog'

import style from './Access.module.css'
import { positions } from './positions'

const kinds = ['person', 'position', 'unit'] as const
type Kind = (typeof kinds)[number]

function holderOf(kind: Kind, who: string): RoleAssignment['holder'] {
  if (kind === 'position') return { case: 'position', value: who }
  return kind === 'unit' ? { case: 'unitId', value: who } : { case: 'staffNumber', value: who }
}

const turned = (data: Written) => Boolean(data['valid_from'] && data['valid_to']) && String(data['valid_to']) < String(data['valid_from'])

/** Gives a role to everybody of a position, everybody of a unit, or one person; for as long as wanted. */
export default function AssignmentDialog({ role, onClose, onAdd }: { role: string; onClose: () => void; onAdd: (assignment: RoleAssignment) => void }) {
  const { t } = useSpeech()
  const [data, setData] = useState<Written>({ kind: 'person' })
  const kind = kinds.find((one) => one === data['kind']) ?? 'person'
  const who = { type: 'string' as const, title: t(`access.kind.${kind}`), minLength: 1 }
  return (
    <FormDialog
      title={t('access.giveTo')}
      keep={`assignment ${role}`}
      submit={t('access.give')}
      initial={{ kind: 'person' }}
      schema={{
        type: 'object',
        properties: {
          kind: { type: 'string', title: t('access.toWhom'), oneOf: kinds.map((value) => ({ const: value, title: t(`access.kind.${value}`) })) },
          ...(kind === 'position' ? { position: { ...who, oneOf: positions.map((value) => ({ const: value, title: t(`role.${value}`) })) } } : { [kind]: who }),
          valid_from: { type: 'string', format: 'date', title: t('access.from'), description: t('access.validHint') },
          valid_to: { type: 'string', format: 'date', title: t('access.to') },
        },
        required: ['kind', kind],
      }}
      ui={{ kind: { 'ui:widget': 'radio' }, person: { 'ui:widget': 'person' }, unit: { 'ui:widget': 'unit' }, valid_from: { 'ui:widget': 'date' }, valid_to: { 'ui:widget': 'date' } }}
      ready={(written) => !turned(written)}
      onChange={setData}
      onSubmit={(written) => {
        onAdd(create(RoleAssignmentSchema, { role, holder: holderOf(kind, String(written[kind])), validFrom: String(written['valid_from'] ?? ''), validTo: String(written['valid_to'] ?? '') }))
        return Promise.resolve()
      }}
      onClose={onClose}
    >
      {(written) => (turned(written) ? <p className={style.refused} role="alert">{t('access.turned')}</p> : null)}
    </FormDialog>
  )
}
