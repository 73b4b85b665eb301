import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Button, Input } from 'antd'
import { KeyRound } from 'lucide-react'
import { useState } from 'react'

import { useSpeech } from '@/app/i18n'
import { WayIn } from '@/rpc/crm/support/v1/systems_pb'
import { Empty, ErrorNote } from '@/shared/Notes'
import { Page } from '@/shared/Page'
import { Skeleton } from '@/shared/Skeleton'
import { say } from '@/shared/toasts'

import { titleIn } from '../access/words'
import { systems } from './client'
import style from './Credential.module.css'

const route = getRouteApi('/systems/$code/credential')

/** Name and password for an older system: entered once, kept encrypted, never shown again; then straight on to the system. */
export default function CredentialPage() {
  const { t, find, language } = useSpeech()
  const { code } = route.useParams()
  const { reason, cause } = route.useSearch()
  const navigate = useNavigate({ from: '/systems/$code/credential' })
  const client = useQueryClient()
  const [user, setUser] = useState('')
  const [password, setPassword] = useState('')
  const tiles = useQuery({ queryKey: ['my-systems'], queryFn: ({ signal }) => systems.listMySystems({}, { signal }) })
  const tile = tiles.data?.tiles.find((one) => one.code === code)
  const freshen = () => client.invalidateQueries({ queryKey: ['my-systems'] })
  const store = useMutation({
    mutationFn: () => systems.storeCredential({ code, user: user.trim(), password }),
    onSuccess: () => {
      setPassword('')
      void freshen()
      location.assign(`/systems/${encodeURIComponent(code)}/open`)
    },
  })
  const forget = useMutation({
    mutationFn: () => systems.forgetCredential({ code }),
    onSuccess: async () => {
      await freshen()
      say({ tone: 'good', text: t('systems.forgotten') })
    },
  })
  const name = titleIn(language, tile, code)
  const stored = tile?.wayIn === WayIn.STORED_CREDENTIAL
  const enters = stored && (reason === undefined || reason === 'CREDENTIAL_WANTED')
  const why = reason ? (find(`systems.reason.${cause ?? ''}`, { name }) ?? find(`systems.reason.${reason}`, { name }) ?? t('systems.reason.CREDENTIAL_WANTED', { name })) : ''
  return (
    <Page title={t(enters || !tile ? 'systems.credentialOf' : 'systems.wentWrong', { name })}>
      {tiles.isPending ? <Skeleton lines={4} /> : null}
      {tiles.error ? <ErrorNote error={tiles.error} retry={() => void tiles.refetch()} /> : null}
      {tiles.data && !tile ? <Empty icon={<KeyRound aria-hidden="true" />} title={t('systems.notYours')} hint={t('systems.notYoursHint')} /> : null}
      {tile && !enters ? (
        <div className={`panel ${style.form ?? ''}`}>
          {why ? <p className={style.why} role="status">{why}</p> : null}
          <div className={style.buttons}>
            {stored ? <Button onClick={() => void navigate({ search: {}, replace: true })}>{t('systems.enterAnew')}</Button> : <span />}
            <Button type="primary" href={`/systems/${encodeURIComponent(code)}/open`}>{t('systems.again')}</Button>
          </div>
        </div>
      ) : null}
      {tile && enters ? (
        <form className={`panel ${style.form ?? ''}`} onSubmit={(event) => { event.preventDefault(); store.mutate() }}>
          {why ? <p className={style.why} role="status">{why}</p> : null}
          <p className="secondary">{t('systems.credentialHint', { name })}</p>
          <label htmlFor="credential-user">{t('systems.user')}</label>
          <Input id="credential-user" autoComplete="off" spellCheck={false} maxLength={200} value={user} onChange={(event) => { setUser(event.target.value) }} />
          <label htmlFor="credential-password">{t('systems.password')}</label>
          <Input.Password id="credential-password" autoComplete="new-password" maxLength={500} value={password} onChange={(event) => { setPassword(event.target.value) }} />
          {store.error ? <ErrorNote error={store.error} compact /> : null}
          {forget.error ? <ErrorNote error={forget.error} compact /> : null}
          <div className={style.buttons}>
            {tile.ready ? <Button onClick={() => { forget.mutate() }} loading={forget.isPending}>{t('systems.forget')}</Button> : <span />}
            <Button type="primary" htmlType="submit" disabled={user.trim() === '' || password === ''} loading={store.isPending}>{t('systems.storeAndOpen')}</Button>
          </div>
        </form>
      ) : null}
    </Page>
  )
}
