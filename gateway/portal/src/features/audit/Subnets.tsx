import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Input } from 'antd'
import { Network, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { Empty, ErrorNote } from '@/shared/Notes'
import { Skeleton } from '@/shared/Skeleton'
import { say } from '@/shared/toasts'

import style from './Audit.module.css'
import { audit } from './client'

interface Row {
  cidr: string
  place: string
}

const CIDR = /^(\d{1,3}(\.\d{1,3}){3}\/\d{1,2}|[0-9a-fA-F:]+\/\d{1,3})$/

/** Which subnet is where, so that an address says a place. */
export function Subnets({ mayChange }: { mayChange: boolean }) {
  const { t } = useSpeech()
  const client = useQueryClient()
  const [draft, setDraft] = useState<Row[] | null>(null)
  const query = useQuery({ queryKey: ['audit', 'subnets'], queryFn: ({ signal }) => audit.listSubnets({}, { signal }) })
  const rows: Row[] = draft ?? query.data?.subnets ?? []
  const save = useMutation({
    mutationFn: (subnets: Row[]) => audit.setSubnets({ subnets: subnets.map(({ cidr, place }) => ({ cidr: cidr.trim(), place: place.trim() })) }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['audit', 'subnets'] })
      setDraft(null)
      say({ tone: 'good', text: t('audit.subnetsSaved') })
    },
  })
  const change = (at: number, part: Partial<Row>) => { setDraft(rows.map((row, index) => (index === at ? { cidr: row.cidr, place: row.place, ...part } : { cidr: row.cidr, place: row.place }))) }
  const wrong = (row: Row) => row.cidr !== '' && !CIDR.test(row.cidr.trim())
  const good = rows.every((row) => CIDR.test(row.cidr.trim()) && row.place.trim() !== '')
  return (
    <section className={`panel ${style.counts ?? ''}`} aria-label={t('audit.view.subnets')}>
      <p className="secondary">{t('audit.subnetsHint')}</p>
      {query.error ? <ErrorNote error={query.error} retry={() => void query.refetch()} /> : null}
      {query.isPending ? <Skeleton lines={4} tall /> : null}
      {query.isSuccess && rows.length === 0 ? <Empty icon={<Network aria-hidden="true" />} title={t('audit.noSubnets')} hint={t('audit.noSubnetsHint')} /> : null}
      {rows.length > 0 ? (
        <table className={style.table}>
          <thead><tr><th scope="col">{t('audit.cidr')}</th><th scope="col">{t('audit.place')}</th>{mayChange ? <th scope="col"><span className="hiddenText">{t('audit.removeSubnet')}</span></th> : null}</tr></thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={index}>
                <td>{mayChange ? <Input aria-label={t('audit.cidr')} value={row.cidr} status={wrong(row) ? 'error' : ''} placeholder="10.20.3.0/24" onChange={(event) => { change(index, { cidr: event.target.value }) }} /> : row.cidr}</td>
                <td>{mayChange ? <Input aria-label={t('audit.place')} value={row.place} maxLength={60} onChange={(event) => { change(index, { place: event.target.value }) }} /> : row.place}</td>
                {mayChange ? <td><button type="button" className="iconButton" aria-label={`${t('audit.removeSubnet')} ${row.cidr}`} onClick={() => { setDraft(rows.filter((_, at) => at !== index)) }}><Trash2 aria-hidden="true" /></button></td> : null}
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {save.error ? <ErrorNote error={save.error} compact /> : null}
      {mayChange ? (
        <div className={style.buttons}>
          <Button icon={<Plus size={15} aria-hidden="true" />} onClick={() => { setDraft([...rows.map(({ cidr, place }) => ({ cidr, place })), { cidr: '', place: '' }]) }}>{t('audit.addSubnet')}</Button>
          {draft ? <><Button onClick={() => { setDraft(null); save.reset() }}>{t('rules.discard')}</Button><Button type="primary" disabled={!good} loading={save.isPending} onClick={() => { save.mutate(draft) }}>{t('action.save')}</Button></> : null}
        </div>
      ) : null}
    </section>
  )
}
