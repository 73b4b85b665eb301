import type { WidgetProps } from '@rjsf/utils'
import { InputNumber } from 'antd'

/** A number with its unit and its bounds. */
export default function NumberWidget({ id, value, schema, options, onChange, disabled }: WidgetProps) {
  const whole = schema.type === 'integer'
  return (
    <InputNumber
      id={id}
      value={(value as number | undefined) ?? null}
      disabled={disabled ?? false}
      inputMode={whole ? 'numeric' : 'decimal'}
      {...(whole ? { precision: 0 } : {})}
      {...(schema.multipleOf ? { step: schema.multipleOf } : {})}
      suffix={options['suffix'] as string | undefined}
      style={{ width: '100%' }}
      onChange={(next) => { onChange(next ?? undefined) }}
    />
  )
}
