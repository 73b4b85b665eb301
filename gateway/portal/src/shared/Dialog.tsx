import { ConfigProvider } from 'antd'
import { X } from 'lucide-react'
import { useEffect, useId, useRef, type ReactNode } from 'react'

import { useSpeech } from '@/app/i18n'

import style from './Dialog.module.css'

interface DialogProps {
  title: ReactNode
  onClose: () => void
  children: ReactNode
  /** `sheet` slides up from below on a phone and fills what it needs. */
  shape?: 'box' | 'sheet'
  /** `wide` for what is compared or read at length. */
  size?: 'usual' | 'wide'
  footer?: ReactNode
}

/** A window above the page: the browser's own dialog keeps the focus inside and closes with Escape. */
export function Dialog({ title, onClose, children, shape = 'box', size = 'usual', footer }: DialogProps) {
  const { t } = useSpeech()
  const box = useRef<HTMLDialogElement>(null)
  const heading = useId()
  useEffect(() => {
    const dialog = box.current
    dialog?.showModal()
    return () => {
      dialog?.close()
    }
  }, [])
  return (
    // Only the empty space around the box answers a click; Escape does the same for the keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events
    <dialog
      ref={box}
      className={`${style['dialog'] ?? ''} ${style[shape] ?? ''} ${size === 'wide' ? (style['wide'] ?? '') : ''}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => {
        if (event.target === box.current) onClose()
      }}
    >
      <ConfigProvider getPopupContainer={() => box.current ?? document.body}>
        <div className={style['inner']}>
          <header className={style['header']}>
            <h2 id={heading}>{title}</h2>
            <button type="button" className="iconButton" onClick={onClose} aria-label={t('action.close')}>
              <X aria-hidden="true" />
            </button>
          </header>
          <div className={style['body']}>{children}</div>
          {footer ? <footer className={style['footer']}>{footer}</footer> : null}
        </div>
      </ConfigProvider>
    </dialog>
  )
}
