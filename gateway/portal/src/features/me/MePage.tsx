import { timestampDate } from '@bufbuild/protobuf/wkt'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button } from 'antd'
import { LogOut } from 'lucide-react'

import { useSpeech } from '@/app/i18n'
import { languages } from '@/app/i18n/language'
import { meQuery, useAccess } from '@/app/me'
import { setPreferences, usePreferences } from '@/app/preferences'
import { session, signOut } from '@/app/session'
import { labelOf } from '@/app/shell/modules'
import { useModules } from '@/app/shell/useModules'
import { support } from '@/app/transport'
import { useUnits } from '@/app/units'
import { Facts } from '@/shared/Facts'
import { ErrorNote } from '@/shared/Notes'
import { Page, Section } from '@/shared/Page'
import { Phone } from '@/shared/Phone'
import { Segments } from '@/shared/Segments'
import { Skeleton } from '@/shared/Skeleton'
import { Tag } from '@/shared/Tag'
import { Time } from '@/shared/Time'
import { usePhone } from '@/shared/useMedia'

import { closes } from '../disclosures/columns'
import style from './MePage.module.css'

const browsers: [RegExp, string][] = [
  [/Edg\//, 'Edge'],
  [/Firefox\//, 'Firefox'],
  [/Chrome\//, 'Chrome'],
  [/Safari\//, 'Safari'],
]

function browserOf(userAgent: string): string {
  return browsers.find(([pattern]) => pattern.test(userAgent))?.[1] ?? userAgent.slice(0, 24)
}

function SignIns() {
  const { t, find } = useSpeech()
  const query = useInfiniteQuery({
    queryKey: ['sign-ins'],
    queryFn: ({ pageParam, signal }) => support.listSignIns({ staffNumber: session().staff_number, page: { size: 10, cursor: pageParam } }, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.page?.nextCursor || undefined,
  })
  if (query.isPending) return <Skeleton lines={3} />
  if (query.error) return <ErrorNote error={query.error} compact retry={() => void query.refetch()} />
  const stays = query.data.pages.flatMap((page) => page.signIns)
  if (stays.length === 0) return <p className="faint">{t('me.noSignIns')}</p>
  return (
    <>
      <ul className={style.stays}>
        {stays.map((stay) => (
          <li key={stay.id}>
            <span><Time at={stay.signedInAt} past /> <span className="faint numbers">{[stay.ip, browserOf(stay.userAgent)].filter(Boolean).join(' · ')}</span></span>
            {stay.signedOutAt && timestampDate(stay.signedOutAt).getTime() > 0 ? (
              <span className="secondary"><Time at={stay.signedOutAt} past /> {find(`me.ended.${stay.endedBy}`) ?? stay.endedBy}</span>
            ) : closes(stay.columns, 'signed_out_at') ? null : (
              <Tag tone="accent">{t('me.stillIn')}</Tag>
            )}
          </li>
        ))}
      </ul>
      {query.hasNextPage ? <Button type="link" onClick={() => void query.fetchNextPage()}>{t('list.more')}</Button> : null}
    </>
  )
}

/** On a phone the modules that have no room at the bottom. */
function MoreModules() {
  const { t } = useSpeech()
  const { modules, counts } = useModules()
  const more = modules.filter(({ to }) => to !== '/' && to !== '/customers')
  if (more.length === 0) return null
  return (
    <Section title={t('me.more')}>
      <ul className={style.more}>
        {more.map((module) => {
          const Icon = module.icon
          return <li key={module.to}><Link to={module.to}><Icon aria-hidden="true" />{t(labelOf(module))}{module.to === '/approvals' && counts.approvals > 0 ? <Tag tone="accent">{counts.approvals}</Tag> : null}</Link></li>
        })}
      </ul>
    </Section>
  )
}

/** The person: who they are to the branch, how they like the portal, and when they were here. */
export default function MePage() {
  const { t, find, language, changeLanguage } = useSpeech()
  const { theme, density } = usePreferences()
  const access = useAccess()
  const units = useUnits()
  const me = useQuery(meQuery)
  const phone = usePhone()
  const person = me.data?.person
  const names = (ids: string[]) => ids.map((id) => units.name(id)).filter(Boolean).join(t('list.comma'))
  return (
    <Page title={session().name} note={session().staff_number} actions={<Button icon={<LogOut size={16} aria-hidden="true" />} onClick={() => void signOut()}>{t('shell.signOut')}</Button>}>
      <div className={style.grid}>
        {phone ? <MoreModules /> : null}
        <Section title={t('me.who')}>
          {me.error ? <ErrorNote error={me.error} retry={() => void me.refetch()} compact /> : null}
          {me.isPending ? <Skeleton lines={4} /> : null}
          {person ? (
            <Facts
              facts={[
                [t('me.roles'), person.roles.map((role) => find(`role.${role}`) ?? role).join(t('list.comma'))],
                [t('me.unit'), units.name(person.unitId)],
                [t('task.field.bureau_id'), names(person.bureauIds)],
                [t('task.field.community_id'), names(person.communityIds)],
                [t('me.phone'), person.phone ? <Phone key="phone" number={person.phone} /> : ''],
              ]}
            />
          ) : null}
        </Section>
        <Section title={t('me.preferences')}>
          <div className={style.choice}><span>{t('me.language')}</span><Segments label={t('me.language')} value={language} onChange={(chosen) => void changeLanguage(chosen)} options={languages.map((one) => ({ value: one, label: t(`language.${one}`) }))} /></div>
          <div className={style.choice}><span>{t('me.theme')}</span><Segments label={t('me.theme')} value={theme} onChange={(chosen) => { setPreferences({ theme: chosen }) }} options={(['auto', 'light', 'dark'] as const).map((one) => ({ value: one, label: t(`theme.${one}`) }))} /></div>
          <div className={style.choice}><span>{t('me.density')}</span><Segments label={t('me.density')} value={density} onChange={(chosen) => { setPreferences({ density: chosen }) }} options={(['comfortable', 'compact'] as const).map((one) => ({ value: one, label: t(`density.${one}`) }))} /></div>
        </Section>
        {access.sees('support.sign_in') ? <Section title={t('me.signIns')}><SignIns /></Section> : null}
      </div>
    </Page>
  )
}
