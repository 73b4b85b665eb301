import style from './Segments.module.css'

/** A choice of one among a few, all in sight. */
export function Segments<Value extends string>({ label, value, options, onChange }: { label: string; value: Value; options: { value: Value; label: string }[]; onChange: (value: Value) => void }) {
  return (
    <div className={style.segments} role="group" aria-label={label}>
      {options.map((option) => (
        <button key={option.value} type="button" aria-pressed={option.value === value} onClick={() => { onChange(option.value) }}>
          {option.label}
        </button>
      ))}
    </div>
  )
}
