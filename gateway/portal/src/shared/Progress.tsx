import style from './Progress.module.css'

/** How far something is. */
export function Progress({ percent, label }: { percent: number; label: string }) {
  return (
    <div className={style.progress}>
      <progress max={100} value={percent} aria-label={label} />
      <span className="numbers">{percent}%</span>
    </div>
  )
}
