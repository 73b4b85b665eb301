import type { WidgetProps } from '@rjsf/utils'

import { UnitsSelect } from '../UnitSelect'

/** Several units of the branch. */
export default function UnitsWidget({ id, label, value, onChange, disabled }: WidgetProps) {
  return <UnitsSelect id={id} label={label} value={(value as string[] | undefined) ?? []} onChange={onChange} className="wholeWidth" disabled={disabled ?? false} />
}
