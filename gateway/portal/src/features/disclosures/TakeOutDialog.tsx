import { useSpeech } from '@/app/i18n'
import { saveFile } from '@/shared/download'
import { FormDialog } from '@/shared/form/FormDialog'
import { say } from '@/shared/toasts'

const SHEET = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

/** Asks why a file is wanted that comes down at once; where a second person must agree first, it says so and the reason stays. */
export default function TakeOutDialog({ keep, take, onClose }: { keep: string; take: (reason: string) => Promise<{ name: string; file: Uint8Array }>; onClose: () => void }) {
  const { t } = useSpeech()
  const send = async (reason: string) => {
    const { name, file } = await take(reason)
    saveFile(name, file as Uint8Array<ArrayBuffer>, SHEET)
    say({ tone: 'good', text: t('audit.exported', { name }) })
    onClose()
  }
  return (
    <FormDialog
      title={t('export.title')}
      keep={keep}
      submit={t('export.do')}
      initial={{}}
      intro={<p className="secondary">{t('export.hint')}</p>}
      schema={{ type: 'object', properties: { reason: { type: 'string', title: t('export.reason'), description: t('export.reasonHint'), minLength: 4, maxLength: 200 } }, required: ['reason'] }}
      ui={{ reason: { 'ui:widget': 'textarea' } }}
      onSubmit={(data) => send(String(data['reason']).trim())}
      onClose={onClose}
    />
  )
}
