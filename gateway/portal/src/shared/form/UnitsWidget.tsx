import type { WidgetProps } from '@rjsf/utils'

import type { UnitKind } from '@/rpc/crm/support/v1/support_pb'

import { UnitsSelect } from '../UnitSelect'

/** Several units of the branch. */
export default function UnitsWidget({ id, label, value, options, onChange, disabled }: WidgetProps) {
  const kinds = options['kinds'] as UnitKind[] | undefined
  return <UnitsSelect id={id} label={label} value={(value as string[] | undefined) ?? []} onChange={onChange} className="wholeWidth" disabled={disabled ?? false} {...(kinds ? { kinds } : {})} />
}
