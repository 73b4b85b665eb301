import type { WidgetProps } from '@rjsf/utils'
import { Select } from 'antd'

/** Values typed one after the other, such as days or words; or chosen, where it is known among what. */
export default function ValuesWidget({ id, label, value, schema, options, onChange, disabled }: WidgetProps) {
  const items = typeof schema.items === 'object' && !Array.isArray(schema.items) ? schema.items : {}
  const numbers = items.type === 'integer' || items.type === 'number'
  const among = options['among'] as { value: string; label: string }[] | undefined
  const chosen = ((value as (string | number)[] | undefined) ?? []).map(String)
  return (
    <Select
      id={id}
      mode="tags"
      className="wholeWidth"
      aria-label={label}
      disabled={disabled ?? false}
      {...(among ? { options: among, showSearch: { optionFilterProp: 'label' } } : { open: false, suffixIcon: null })}
      tokenSeparators={[',', '\uff0c', ' ', '\u3001']}
      placeholder={options['hint'] as string | undefined}
      value={chosen}
      onChange={(next: string[]) => { onChange(numbers ? next.map((one) => (one.trim() === '' || Number.isNaN(Number(one)) ? one : Number(one))) : next) }}
    />
  )
}
