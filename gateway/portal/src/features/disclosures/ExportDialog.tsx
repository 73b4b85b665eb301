import { useSpeech } from '@/app/i18n'
import { queryClient } from '@/app/queryClient'
import { ExportJob_State } from '@/rpc/crm/common/v1/export_pb'
import { FormDialog } from '@/shared/form/FormDialog'
import { countText } from '@/shared/numbers'
import { useRequestId } from '@/shared/requestId'
import { say } from '@/shared/toasts'

import { columnsOf, hides } from './columns'
import type { ExportProps } from './ExportButton'

/** Asks why and which columns; the file is then written while the person goes on. */
export default function ExportDialog({ form, record, keys, rows, states, start, onClose }: ExportProps & { onClose: () => void }) {
  const { t, language } = useSpeech()
  const requestId = useRequestId()
  const open = columnsOf(record).filter(({ path }) => !hides(states, path)).map((one) => ({ path: one.path, title: language === 'zh-CN' ? one.titleZh : one.titleEn }))
  const offered = [...keys, ...open]
  const send = async (reason: string, columns: string[]) => {
    const { job } = await start({ requestId: requestId([reason, columns, location.search]), reason, columns })
    await queryClient.invalidateQueries({ queryKey: ['exports'] })
    const waits = job?.state === ExportJob_State.WAITING
    say({ tone: 'good', text: t(waits ? 'export.waits' : 'export.started'), detail: t(waits ? 'export.waitsHint' : 'export.startedHint'), seconds: 8 })
    onClose()
  }
  return (
    <FormDialog
      title={t('export.title')}
      keep={`export ${form}`}
      submit={t('export.do')}
      initial={{ columns: offered.map(({ path }) => path) }}
      intro={<p className="secondary">{rows === undefined ? t('export.hint') : t('export.hintRows', { rows: countText(rows, language) })}</p>}
      schema={{
        type: 'object',
        properties: {
          reason: { type: 'string', title: t('export.reason'), description: t('export.reasonHint'), minLength: 4, maxLength: 200 },
          columns: { type: 'array', title: t('export.columns'), uniqueItems: true, minItems: 1, items: { type: 'string', oneOf: offered.map((one) => ({ const: one.path, title: one.title })) } },
        },
        required: ['reason', 'columns'],
      }}
      ui={{ reason: { 'ui:widget': 'textarea' }, columns: { 'ui:widget': 'checkboxes' } }}
      onSubmit={(data) => send(String(data['reason']).trim(), data['columns'] as string[])}
      onClose={onClose}
    />
  )
}
