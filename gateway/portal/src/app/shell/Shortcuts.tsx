import { Dialog } from '@/shared/Dialog'

import { useSpeech } from '../i18n'
import style from './Shell.module.css'

const rows = [
  [['j', 'k'], 'shortcuts.move'],
  [['Enter'], 'shortcuts.open'],
  [['c'], 'shortcuts.complete'],
  [['Ctrl', 'Enter'], 'shortcuts.send'],
  [['/'], 'shortcuts.search'],
  [['Esc'], 'shortcuts.back'],
  [['?'], 'shortcuts.help'],
] as const

/** What the keys do. */
export function Shortcuts({ onClose }: { onClose: () => void }) {
  const { t } = useSpeech()
  return (
    <Dialog title={t('shortcuts.title')} onClose={onClose}>
      <dl className={style.keys}>
        {rows.map(([keys, text]) => (
          <div key={text}>
            <dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt>
            <dd>{t(text)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
