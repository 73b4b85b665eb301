import { useQuery } from '@tanstack/react-query'
import { Button, Input, Select } from 'antd'
import { useDeferredValue, useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { queryClient } from '@/app/queryClient'
import { refusalOf } from '@/app/refusal'
import { dispatch, support } from '@/app/transport'
import { useUnits } from '@/app/units'
import type { Task } from '@/rpc/crm/dispatch/v1/dispatch_pb'
import { Dialog } from '@/shared/Dialog'
import { ErrorNote } from '@/shared/Notes'
import { say } from '@/shared/toasts'

import style from './EndDialogs.module.css'
import { taskChanged, taskQuery } from './queries'

const reasons = ['customerAsked', 'duplicate', 'wrongData', 'notNeeded'] as const

/** Asks why a task is cancelled. */
export function CancelDialog({ onClose, onCancel }: { onClose: () => void; onCancel: (reason: string) => void }) {
  const { t } = useSpeech()
  const [reason, setReason] = useState('')
  return (
    <Dialog
      title={t('task.cancel.title')}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t('action.back')}</Button>
          <Button type="primary" danger disabled={reason.trim() === ''} onClick={() => { onCancel(reason.trim()) }}>
            {t('task.cancel.do')}
          </Button>
        </>
      }
    >
      <p className="secondary">{t('task.cancel.hint')}</p>
      <div className={style.reasons}>
        {reasons.map((name) => (
          <Button key={name} size="small" shape="round" onClick={() => { setReason(t(`task.cancel.${name}`)) }}>
            {t(`task.cancel.${name}`)}
          </Button>
        ))}
      </div>
      <label htmlFor="cancel-reason">{t('task.cancel.reason')}</label>
      <Input.TextArea id="cancel-reason" value={reason} maxLength={500} showCount rows={3} onChange={(event) => { setReason(event.target.value) }} />
    </Dialog>
  )
}

const keepers = ['customer_manager', 'seat_manager']

/** Gives a task to somebody else. */
export function AssignDialog({ task, onClose }: { task: Task; onClose: () => void }) {
  const { t } = useSpeech()
  const units = useUnits()
  const [query, setQuery] = useState('')
  const [owner, setOwner] = useState<string>()
  const [error, setError] = useState<unknown>()
  const [saving, setSaving] = useState(false)
  const wanted = useDeferredValue(query)
  const unitId = wanted ? '' : task.bureauId
  const staff = useQuery({
    queryKey: ['staff', wanted, unitId],
    queryFn: ({ signal }) => support.listStaff({ query: wanted, unitId, page: { size: 50 } }, { signal }),
    placeholderData: (old) => old,
  })
  const people = (staff.data?.staff ?? []).filter((person) => person.active && person.staffNumber !== task.ownerNumber && person.roles.some((role) => keepers.includes(role)))
  const assign = async () => {
    if (!owner) return
    setSaving(true)
    try {
      const { task: assigned } = await dispatch.assignTask({ id: task.id, version: task.version, ownerNumber: owner })
      if (assigned) void taskChanged(assigned)
      say({ tone: 'good', text: t('task.assigned', { name: assigned?.ownerName ?? owner }) })
      onClose()
    } catch (cause) {
      setError(cause)
      setSaving(false)
      if (refusalOf(cause).reason === 'STALE_VERSION') void queryClient.invalidateQueries(taskQuery(task.id))
    }
  }
  return (
    <Dialog
      title={t(task.ownerNumber ? 'task.assign.title' : 'task.assign.titleFirst')}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t('action.back')}</Button>
          <Button type="primary" disabled={!owner} loading={saving} onClick={() => void assign()}>
            {t('task.assign.do')}
          </Button>
        </>
      }
    >
      <p className="secondary">{task.title}</p>
      <label htmlFor="new-owner">{t('task.assign.to')}</label>
      <Select
        id="new-owner"
        className={style.select}
        showSearch={{ filterOption: false, onSearch: setQuery }}
        value={owner}
        onChange={setOwner}
        loading={staff.isFetching}
        placeholder={t('task.assign.hint')}
        notFoundContent={staff.isFetching ? t('state.loading') : t('task.assign.none')}
        options={people.map((person) => ({
          value: person.staffNumber,
          label: `${person.name} · ${person.staffNumber}${person.unitId ? ` · ${units.name(person.unitId)}` : ''}`,
        }))}
      />
      {error ? <ErrorNote error={error} compact /> : null}
    </Dialog>
  )
}
