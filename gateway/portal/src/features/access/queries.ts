import { Code } from '@connectrpc/connect'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'

import { refusalOf } from '@/app/refusal'
import { useUnits } from '@/app/units'
import type { FormDeclaration } from '@/rpc/crm/common/v1/access_pb'
import type { Policy } from '@/rpc/crm/support/v1/access_pb'

import { useSpeech } from '@/app/i18n'
import { access } from './client'
import { roleText, titleIn } from './words'

/** Every form with its columns. */
export const formsQuery = queryOptions({ queryKey: ['forms'], queryFn: ({ signal }) => access.listForms({}, { signal }), staleTime: 10 * 60_000 })

/** The roles as the product delivers them. */
export const templatesQuery = queryOptions({ queryKey: ['role-templates'], queryFn: ({ signal }) => access.listRoleTemplates({}, { signal }), staleTime: 60 * 60_000 })

/** A policy; without an id the one in force. */
export function policyQuery(id = '') {
  return queryOptions({ queryKey: ['policy', id], queryFn: async ({ signal }) => (await access.getPolicy({ id }, { signal })).policy ?? null, staleTime: 30_000 })
}

/** The caller's draft; null while there is none. */
export const draftQuery = queryOptions({
  queryKey: ['policy', 'draft'],
  queryFn: async ({ signal }): Promise<Policy | null> => {
    try {
      const { policy } = await access.getPolicy({ id: 'draft' }, { signal })
      return policy ?? null
    } catch (cause) {
      if (refusalOf(cause).code === Code.NotFound) return null
      throw cause
    }
  },
  staleTime: Infinity,
})

/** What differs between two policies. */
export function differencesQuery(fromId: string, toId: string, version = 0n) {
  return queryOptions({
    queryKey: ['policy-differences', fromId, toId, String(version)],
    queryFn: async ({ signal }) => (await access.comparePolicies({ fromId, toId }, { signal })).differences,
  })
}

/** Names of forms, columns and roles for whatever speaks of them. */
export function useAccessNames() {
  const speech = useSpeech()
  const { language } = speech
  const units = useUnits()
  const forms = useQuery(formsQuery)
  const policy = useQuery(policyQuery())
  return useMemo(() => {
    const byName = new Map((forms.data?.forms ?? []).map((form) => [form.name, form]))
    const roles = new Map((policy.data?.roles ?? []).map((role) => [role.name, role]))
    const form = (name: string): FormDeclaration | undefined => byName.get(name)
    return {
      form,
      forms: forms.data?.forms ?? [],
      formTitle: (name: string) => titleIn(language, form(name), name),
      columnTitle: (name: string, column: string) => titleIn(language, form(name)?.columns.find((one) => one.column === column), column),
      roleTitle: (name: string) => roleText(roles.get(name), name, speech),
      rule: (id: string) => [...roles.values()].flatMap((role) => role.rules).find((rule) => rule.id === id),
      unitName: units.name,
    }
  }, [forms.data, policy.data, language, speech, units])
}
