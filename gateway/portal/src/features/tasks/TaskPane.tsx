import { Code } from '@connectrpc/connect'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button } from 'antd'
import { ArrowRightLeft, Ban, Clock3, Lock, UserCheck } from 'lucide-react'
import { lazy, Suspense, useState, type ReactNode, type Ref } from 'react'

import { useSpeech } from '@/app/i18n'
import { useAccess } from '@/app/me'
import { refusalOf } from '@/app/refusal'
import { CustomerCard } from '@/features/customers/CustomerCard'
import { Masked } from '@/features/disclosures/Masked'
import { TaskState, WriteBackState, type GetTaskResponse, type Task } from '@/rpc/crm/dispatch/v1/dispatch_pb'
import { Facts } from '@/shared/Facts'
import { History } from '@/shared/History'
import { ErrorNote } from '@/shared/Notes'
import { Skeleton } from '@/shared/Skeleton'
import { Tag } from '@/shared/Tag'
import { Time } from '@/shared/Time'
import { dayText } from '@/shared/dates'
import { useNow } from '@/shared/useNow'

import type { CompletionHandle } from './CompletionForm'
import { draftOf, dropDraft } from './drafts'
import { GoneNote } from './GoneNote'
import { taskQuery } from './queries'
import { StaleNote } from './StaleNote'
import style from './TaskPane.module.css'
import { useTaskWords } from './taskWords'
import { useTaskActions } from './useTaskActions'
import { isOverdue, isTodo, kindText, latenessText, placementText, resultFacts, resultText, sourceText, stateText, writeBackText } from './words'

const CompletionForm = lazy(() => import('./CompletionForm'))
const AssignDialog = lazy(() => import('./EndDialogs').then((dialogs) => ({ default: dialogs.AssignDialog })))
const CancelDialog = lazy(() => import('./EndDialogs').then((dialogs) => ({ default: dialogs.CancelDialog })))

/** Begins to load the heavy part, so that it is there when it is wanted. */
export function prepareCompletion(): void {
  void import('./CompletionForm')
}

interface Props {
  id: string
  /** Called when the person has completed or cancelled it: the next one may be shown. */
  onEnded: (task: Task) => void
  /** Called when the person takes that back. */
  onBack: (task: Task) => void
  form?: Ref<CompletionHandle>
  /** `whole` shows every fact and the whole history. */
  whole?: boolean
  head?: ReactNode
}

/** State of a task in words, with its lateness and the answer to the older system. */
export function TaskTags({ task, writeBacks = [] }: { task: Task; writeBacks?: GetTaskResponse['writeBacks'] }) {
  const { t } = useSpeech()
  const now = useNow()
  const writeBack = writeBackText(task, writeBacks, t)
  return (
    <>
      {isOverdue(task, now) ? <Tag tone="late" icon={<Clock3 aria-hidden="true" />}>{latenessText(task, now, t)}</Tag> : null}
      <Tag tone={task.state === TaskState.ACCEPTED || task.state === TaskState.COMPLETED ? 'accent' : 'quiet'}>{stateText(task.state, t)}</Tag>
      {task.priority <= 2 && task.priority > 0 ? <Tag tone="outline">{t(task.priority === 1 ? 'task.priority.1' : 'task.priority.2')}</Tag> : null}
      {writeBack ? <Tag tone={task.writeBack === WriteBackState.FAILED ? 'late' : 'outline'}>{writeBack}</Tag> : null}
    </>
  )
}

/** What became of an answer that the older system did not take, and who can do something about it. */
function GivenUpNote({ task, writeBacks }: { task: Task; writeBacks: GetTaskResponse['writeBacks'] }) {
  const { t, find } = useSpeech()
  const { sees } = useAccess()
  if (task.writeBack !== WriteBackState.FAILED) return null
  const error = writeBacks.find((one) => one.state === WriteBackState.FAILED)?.lastError ?? ''
  const why = error === '' ? '' : (find(`writeBack.error.${error}`) ?? t('writeBack.error.other', { code: error.replace('HTTP_', 'HTTP ') }))
  return (
    <p className={`secondary ${style.givenUp ?? ''}`} role="note">
      {why === '' ? t('writeBack.givenUp') : t('writeBack.givenUpWhy', { why })}{' '}
      {sees('operations.dead_letters') ? <Link to="/operations" search={{ view: 'letters', part: 'dispatch' }}>{t('operations.letters.open')}</Link> : null}
    </p>
  )
}

function TaskFacts({ task, whole }: { task: Task; whole: boolean }) {
  const speech = useSpeech()
  const { t, language } = speech
  const now = useNow()
  const fewFacts: [string, ReactNode][] = [
    [t('task.field.due_at'), <Time key="due" at={task.dueAt} />],
    [t('task.field.occasion_on'), task.occasionOn ? dayText(task.occasionOn, now, language) : ''],
    [t('task.field.place'), task.place ? <Masked key="place" of={{ form: 'dispatch.task', id: task.id, states: task.columns }} column="place" value={task.place} /> : ''],
    [t('task.field.description'), task.description],
    [t('task.field.source'), `${sourceText(task.source, speech)}${task.externalId ? ` · ${task.externalId}` : ''}`],
  ]
  const moreFacts: [string, ReactNode][] = [
    [t('task.field.owner_number'), task.ownerNumber ? `${task.ownerName || task.ownerNumber} · ${task.ownerNumber}` : t('task.unassigned')],
    [t('task.field.seat_number'), task.seatNumber],
    [t('task.field.placement'), task.placement ? placementText(task.placement, speech) : ''],
    [t('task.field.created_at'), <Time key="created" at={task.createdAt} past />],
    [t('task.field.ended_at'), task.endedAt ? <Time key="ended" at={task.endedAt} past /> : ''],
    [t('task.field.result_code'), task.resultCode ? resultText(task.resultCode, speech) : ''],
    ...resultFacts(task.resultJson, speech),
  ]
  return <Facts facts={whole ? [...fewFacts, ...moreFacts] : fewFacts} wide />
}

/** One task with the customer behind it, and everything that can be done about it. */
export function TaskPane({ id, onEnded, onBack, form, whole = false, head }: Props) {
  const { t } = useSpeech()
  const { data, error, isPending, refetch } = useQuery(taskQuery(id))
  const actions = useTaskActions()
  const words = useTaskWords()
  const [dialog, setDialog] = useState<'cancel' | 'assign' | null>(null)
  if (isPending) return <div className={style.pane}>{head}<Skeleton lines={8} /></div>
  const task = data?.task
  if (!task) return <div className={style.pane}>{head}<ErrorNote error={error} retry={() => void refetch()} /></div>
  const Heading = whole ? 'h1' : 'h2'
  const Subheading = whole ? 'h2' : 'h3'
  // It was given to somebody else while the person was looking at it: what was known of it stays, but nothing can be done.
  const gone = error !== null && refusalOf(error).code === Code.NotFound
  const may = (verb: string) => !gone && data.allowed.includes(verb)
  const ended = (how: () => void) => {
    setDialog(null)
    how()
    onEnded(task)
  }
  const back = () => {
    onBack(task)
  }
  const others = (
    <>
      {may('accept') ? <Button icon={<UserCheck size={16} aria-hidden="true" />} onClick={() => void actions.accept(task)}>{t('task.accept')}</Button> : null}
      {may('assign') ? <Button icon={<ArrowRightLeft size={16} aria-hidden="true" />} onClick={() => { setDialog('assign') }}>{t(task.ownerNumber ? 'task.transfer' : 'task.assign')}</Button> : null}
      {may('cancel') ? <Button type="text" icon={<Ban size={16} aria-hidden="true" />} onClick={() => { setDialog('cancel') }}>{t('task.cancel')}</Button> : null}
    </>
  )
  return (
    <article className={style.pane} aria-label={task.title}>
      {gone ? <GoneNote draft={draftOf(task.id)?.['note']} /> : null}
      <StaleNote key={id} taskId={id} history={data.history} />
      <header className={style.head}>
        {head}
        <p className={style.kind}>{kindText(task.kind, t)}</p>
        <Heading>{task.title}</Heading>
        <div className={style.tags}><TaskTags task={task} writeBacks={data.writeBacks} /></div>
        <GivenUpNote task={task} writeBacks={data.writeBacks} />
      </header>
      <div className={style.block}><CustomerCard id={task.customerId} name={task.customerName} /></div>
      <div className={style.block}><TaskFacts task={task} whole={whole || !isTodo(task)} /></div>
      {isTodo(task) && !gone ? (
        <section className={style.complete} aria-label={t('task.completion')}>
          {may('complete') ? (
            <>
              <Subheading>{t('task.completion')}</Subheading>
              <Suspense fallback={<Skeleton lines={4} />}>
                <CompletionForm
                  key={task.id}
                  task={task}
                  {...(form ? { handle: form } : {})}
                  extra={others}
                  onFinish={(resultCode, resultJson) => {
                    ended(() => {
                      actions.complete(task, resultCode, resultJson, back)
                    })
                  }}
                />
              </Suspense>
            </>
          ) : (
            <>
              <p className={style.locked}><Lock size={14} aria-hidden="true" /> {t(task.ownerNumber ? 'task.othersTask' : 'task.nobodysTask', { name: task.ownerName || task.ownerNumber })}</p>
              <div className={style.others}>{others}</div>
            </>
          )}
        </section>
      ) : null}
      <section className={style.block} aria-label={t('history.title')}>
        <Subheading>{t('history.title')}</Subheading>
        <History changes={data.history} words={words} first={whole ? 20 : 3} />
      </section>
      <Suspense>
        {dialog === 'assign' ? <AssignDialog task={task} onClose={() => { setDialog(null) }} /> : null}
        {dialog === 'cancel' ? (
          <CancelDialog
            onClose={() => { setDialog(null) }}
            onCancel={(reason) => {
              ended(() => {
                dropDraft(task.id)
                actions.cancel(task, reason, back)
              })
            }}
          />
        ) : null}
      </Suspense>
    </article>
  )
}
