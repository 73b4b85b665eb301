import { Button } from 'antd'
import { Check, Copy } from 'lucide-react'
import { useRef, useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { Dialog } from '@/shared/Dialog'

import style from './FirstPassword.module.css'

interface Props {
  title: string
  name: string
  staffNumber: string
  /** Empty when it was answered before: it is shown only once. */
  password: string
  onClose: () => void
}

/** A first password, shown this once; leaving without having copied it asks once more. */
export function FirstPassword({ title, name, staffNumber, password, onClose }: Props) {
  const { t } = useSpeech()
  const [copied, setCopied] = useState(false)
  const [warned, setWarned] = useState(false)
  const shown = useRef<HTMLOutputElement>(null)
  const leave = () => {
    if (password === '' || copied || warned) onClose()
    else setWarned(true)
  }
  const copy = async () => {
    setCopied(true)
    try {
      await navigator.clipboard.writeText(password)
    } catch {
      // Without leave of the browser it is marked, ready for the person's own copy.
      if (shown.current) getSelection()?.selectAllChildren(shown.current)
    }
  }
  return (
    <Dialog title={title} onClose={leave} footer={<Button type="primary" onClick={leave}>{t('staff.password.done')}</Button>}>
      {password === '' ? <p>{t('staff.password.before', { name })}</p> : (
        <>
          <p>{t('staff.password.for', { name, number: staffNumber })}</p>
          <div className={style.box}>
            <output ref={shown} aria-label={t('staff.password')}>{password}</output>
            <Button icon={copied ? <Check size={15} aria-hidden="true" /> : <Copy size={15} aria-hidden="true" />} onClick={() => void copy()}>{t(copied ? 'staff.password.copied' : 'staff.password.copy')}</Button>
          </div>
          <p className="secondary">{t('staff.password.hint')}</p>
          {warned && !copied ? <p className={style.warn} role="alert">{t('staff.password.warn')}</p> : null}
        </>
      )}
    </Dialog>
  )
}
