import { create } from '@bufbuild/protobuf'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button } from 'antd'
import { ArrowDown, ArrowUp, MonitorUp, Pencil, Plus } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { Action } from '@/rpc/crm/common/v1/access_pb'
import { ExternalSystemSchema, type ExternalSystem } from '@/rpc/crm/support/v1/systems_pb'
import { List, type Column } from '@/shared/List'
import { Empty, ErrorNote } from '@/shared/Notes'
import { Page } from '@/shared/Page'
import { Tag } from '@/shared/Tag'

import { titleIn } from '../access/words'
import { systems } from './client'
import style from './Systems.module.css'
import { wayInText } from './words'

const SystemDialog = lazy(() => import('./SystemDialog'))

/** Every older system: how a person gets in, who has the tile, in which order. */
export default function SystemsPage() {
  const { t, find, language } = useSpeech()
  const client = useQueryClient()
  const { may } = useAccess()
  const [editing, setEditing] = useState<ExternalSystem>()
  const mayChange = may('support.system', Action.CHANGE)
  const query = useQuery({ queryKey: ['systems'], queryFn: ({ signal }) => systems.listSystems({}, { signal }) })
  const rows = query.data?.systems ?? []
  const freshen = () => Promise.all([client.invalidateQueries({ queryKey: ['systems'] }), client.invalidateQueries({ queryKey: ['my-systems'] })])
  const swap = useMutation({
    mutationFn: async ({ at, by }: { at: number; by: 1 | -1 }) => {
      const order = [...rows]
      const [moved] = order.splice(at, 1)
      if (!moved) return
      order.splice(at + by, 0, moved)
      for (const [place, system] of order.entries()) {
        if (system.place !== place + 1) await systems.setSystem({ system: create(ExternalSystemSchema, { ...system, place: place + 1 }) })
      }
    },
    onSettled: freshen,
  })
  const title = (one: ExternalSystem) => titleIn(language, one, one.code)
  const who = (one: ExternalSystem) => one.positions.map((name) => find(`role.${name}`) ?? name).join(t('list.comma')) || t('systems.everybody')
  const state = (one: ExternalSystem) => <Tag tone={one.active ? 'accent' : 'quiet'}>{t(one.active ? 'systems.active' : 'systems.hidden')}</Tag>
  const buttons = (one: ExternalSystem) => {
    const at = rows.indexOf(one)
    return mayChange ? (
      <span className={style.buttons}>
        <button type="button" className="iconButton" disabled={at === 0 || swap.isPending} aria-label={t('systems.up', { name: title(one) })} onClick={() => { swap.mutate({ at, by: -1 }) }}><ArrowUp aria-hidden="true" /></button>
        <button type="button" className="iconButton" disabled={at === rows.length - 1 || swap.isPending} aria-label={t('systems.down', { name: title(one) })} onClick={() => { swap.mutate({ at, by: 1 }) }}><ArrowDown aria-hidden="true" /></button>
        <button type="button" className="iconButton" aria-label={t('systems.edit', { name: title(one) })} onClick={() => { setEditing(one) }}><Pencil aria-hidden="true" /></button>
      </span>
    ) : null
  }
  const columns: Column<ExternalSystem>[] = [
    { key: 'title', title: t('systems.name'), track: 'minmax(140px, 1.4fr)', render: (one) => <b>{title(one)}</b> },
    { key: 'code', title: t('systems.code'), track: 'minmax(90px, 1fr)', render: (one) => <span className="secondary">{one.code}</span> },
    { key: 'way', title: t('systems.wayIn'), track: 'minmax(130px, 1.2fr)', render: (one) => wayInText(one.wayIn, t) },
    { key: 'who', title: t('systems.who'), track: 'minmax(140px, 1.8fr)', render: (one) => <span title={who(one)}>{who(one)}</span> },
    { key: 'start', title: t('systems.startUrl'), track: 'minmax(160px, 2fr)', render: (one) => <span className="secondary" title={one.startUrl}>{one.startUrl}</span> },
    { key: 'state', title: t('task.field.state'), track: '90px', render: state },
    { key: 'order', title: t('systems.order'), track: '124px', align: 'end', render: buttons },
  ]
  return (
    <Page title={t('systems.title')} note={t('systems.note')} fill actions={mayChange ? <Button type="primary" icon={<Plus size={16} aria-hidden="true" />} onClick={() => { setEditing(create(ExternalSystemSchema, { place: rows.length + 1, active: true })) }}>{t('systems.add')}</Button> : null}>
      {swap.error ? <ErrorNote error={swap.error} compact /> : null}
      <List
        label={t('systems.title')}
        rows={rows}
        rowKey={(one) => one.code}
        columns={columns}
        total={rows.length}
        loading={query.isPending}
        error={query.error}
        retry={() => void query.refetch()}
        more={false}
        loadMore={() => undefined}
        {...(mayChange ? { onOpen: setEditing } : {})}
        empty={<Empty icon={<MonitorUp aria-hidden="true" />} title={t('systems.none')} hint={t('systems.noneHint')} />}
        card={(one) => (
          <div className={style.card}>
            <p><b>{title(one)}</b> {state(one)}</p>
            <p className="secondary">{wayInText(one.wayIn, t)} · {who(one)}</p>
            {buttons(one)}
          </div>
        )}
      />
      <Suspense>{editing ? <SystemDialog system={editing} mayDelete={may('support.system', Action.DELETE)} onClose={() => { setEditing(undefined) }} onDone={() => { setEditing(undefined); void freshen() }} /> : null}</Suspense>
    </Page>
  )
}
