/** The mark: three lines with their ends, for customer, account and subscriber (三户). */
export function Logo() {
  return (
    <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#0b6e75" />
      <g stroke="#fff" strokeWidth="3" strokeLinecap="round">
        <path d="M9 9.5h9" />
        <path d="M9 16h5.5" />
        <path d="M9 22.5h14" />
      </g>
      <circle cx="23" cy="9.5" r="2.2" fill="#8fe0d2" />
      <circle cx="19.5" cy="16" r="2.2" fill="#8fe0d2" />
    </svg>
  )
}
