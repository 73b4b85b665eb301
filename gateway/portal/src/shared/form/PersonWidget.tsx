import type { WidgetProps } from '@rjsf/utils'

import { PersonSelect } from '../PersonSelect'

/** A member of staff. */
export default function PersonWidget({ id, label, value, options, onChange }: WidgetProps) {
  const without = options['without'] as string | undefined
  const positions = options['positions'] as string[] | undefined
  return <PersonSelect id={id} label={label} value={value as string | undefined} onChange={onChange} className="wholeWidth" allowClear {...(without ? { without } : {})} {...(positions ? { positions } : {})} />
}
