import { useSpeech } from '@/app/i18n'
import { customers, dispatch } from '@/app/transport'
import { FormDialog } from '@/shared/form/FormDialog'
import { say } from '@/shared/toasts'

import type { MaskedOf } from './Masked'
import { reveal } from './revealed'

/** Asks why a value is wanted in full; it is recorded, and shown for a minute. */
export default function UnmaskDialog({ of, column, itemId, title, masked, name, onClose }: { of: MaskedOf; column: string; itemId: string; title: string; masked: string; name: string; onClose: () => void }) {
  const { t } = useSpeech()
  const ask = async (reason: string) => {
    const wanted = { form: of.form, id: of.id, column, itemId, reason }
    const { value, leftToday } = await (of.form === 'dispatch.task' ? dispatch.unmask(wanted) : customers.unmask(wanted))
    reveal(name, value)
    say({ tone: 'good', text: t('unmask.done'), detail: t('unmask.leftToday', { n: leftToday }) })
    onClose()
  }
  return (
    <FormDialog
      title={t('unmask.show', { column: title })}
      keep={name}
      submit={t('unmask.do')}
      initial={{}}
      intro={<><p><b className="numbers">{masked}</b></p><p className="secondary">{t('unmask.hint')}</p></>}
      schema={{ type: 'object', properties: { reason: { type: 'string', title: t('unmask.reason'), description: t('unmask.reasonHint'), minLength: 4, maxLength: 200 } }, required: ['reason'] }}
      ui={{ reason: { 'ui:widget': 'textarea', 'ui:autofocus': true } }}
      onSubmit={(data) => ask(String(data['reason']).trim())}
      onClose={onClose}
    />
  )
}
