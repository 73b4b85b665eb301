import type { WidgetProps } from '@rjsf/utils'

import type { UnitKind } from '@/rpc/crm/support/v1/support_pb'

import { UnitSelect } from '../UnitSelect'

/** One unit of the branch. */
export default function UnitWidget({ id, label, value, options, onChange, disabled }: WidgetProps) {
  const kinds = options['kinds'] as UnitKind[] | undefined
  const without = options['without'] as string[] | undefined
  return <UnitSelect id={id} label={label} value={value as string | undefined} onChange={onChange} className="wholeWidth" disabled={disabled ?? false} {...(kinds ? { kinds } : {})} {...(without ? { without } : {})} />
}
