/** Rules in words: what a cell of the matrix says. */
import type { Speech } from '@/app/i18n'
import type { Language } from '@/app/i18n/language'
import { Action, ColumnRight, RowScope, type ColumnDeclaration, type FormDeclaration, type Grant, type RoleAssignment } from '@/rpc/crm/common/v1/access_pb'
import type { Role } from '@/rpc/crm/support/v1/access_pb'

import { allActions, exceptions, otherRight, showsColumns } from './rules'

type Words = Pick<Speech, 't' | 'language' | 'find'>

const actionNames = {
  [Action.UNSPECIFIED]: 'none',
  [Action.SEE]: 'see',
  [Action.CREATE]: 'create',
  [Action.CHANGE]: 'change',
  [Action.DELETE]: 'delete',
  [Action.EXPORT]: 'export',
  [Action.IMPORT]: 'import',
  [Action.APPROVE]: 'approve',
  [Action.UNMASK]: 'unmask',
} as const

const scopeNames = {
  [RowScope.UNSPECIFIED]: 'none',
  [RowScope.OWN]: 'own',
  [RowScope.OWN_CUSTOMERS]: 'own_customers',
  [RowScope.COMMUNITY]: 'community',
  [RowScope.BUREAU]: 'bureau',
  [RowScope.SUBTREE]: 'subtree',
  [RowScope.UNITS]: 'units',
  [RowScope.ALL]: 'all',
} as const

const rightNames = {
  [ColumnRight.UNSPECIFIED]: 'none',
  [ColumnRight.HIDDEN]: 'hidden',
  [ColumnRight.MASKED]: 'masked',
  [ColumnRight.READ]: 'read',
  [ColumnRight.WRITE]: 'write',
} as const

/** A title in the reader's language. */
export function titleIn(language: Language, of: { titleZh: string; titleEn: string } | undefined, otherwise: string): string {
  if (!of) return otherwise
  return (language === 'zh-CN' ? of.titleZh || of.titleEn : of.titleEn || of.titleZh) || otherwise
}

/** One action, such as `看`. */
export function actionText(action: Action, { t }: Pick<Speech, 't'>): string {
  return t(`access.action.${actionNames[action]}`)
}

/** Several actions: `看·改`. */
export function actionsText(actions: Action[], words: Pick<Speech, 't'>): string {
  const said = allActions.filter((action) => actions.includes(action)).map((action) => actionText(action, words))
  return said.join(words.t('access.dot')) || words.t('access.action.none')
}

/** How far: `本人`; chosen units with their names. */
export function scopeText(scope: RowScope, unitIds: string[], { t }: Pick<Speech, 't'>, unitName: (id: string) => string): string {
  const text = t(`access.scope.${scopeNames[scope]}`)
  if (scope !== RowScope.UNITS) return text
  const names = unitIds.map((id) => unitName(id) || id)
  const shown = names.length > 3 ? t('access.andMore', { names: names.slice(0, 2).join(t('list.comma')), n: names.length }) : names.join(t('list.comma'))
  return shown ? t('access.unitsNamed', { names: shown }) : text
}

/** Whose rows a scope means, in a few words. */
export function scopeHint(scope: RowScope, { t }: Pick<Speech, 't'>): string {
  return t(`access.scopeHint.${scopeNames[scope]}`)
}

/** How far a column is open: `遮蔽`. */
export function rightText(right: ColumnRight, { t }: Pick<Speech, 't'>): string {
  return t(`access.right.${rightNames[right]}`)
}

/** What a rule says of rows: `看·改 / 本人`. */
export function ruleText(rule: Grant, words: Pick<Speech, 't'>, unitName: (id: string) => string): string {
  const said = `${actionsText(rule.actions, words)} / ${scopeText(rule.scope, rule.unitIds, words, unitName)}`
  return rule.refuse ? words.t('access.refusesRule', { rule: said }) : said
}

function namesOf(columns: ColumnDeclaration[], { t, language }: Words): string {
  const names = columns.map((column) => titleIn(language, column, column.column))
  return names.length > 3 ? t('access.andMore', { names: names.slice(0, 2).join(t('list.comma')), n: names.length }) : names.join(t('list.comma'))
}

/** What a rule says of columns: `全部可读写，电话遮蔽，身份证隐藏`. */
export function columnsText(rule: Grant, form: FormDeclaration, words: Words): string {
  const { t } = words
  if (form.columns.length === 0 || !showsColumns(rule)) return ''
  if (rule.refuse) return rule.columns.length > 0 ? t('access.hidesColumns', { columns: namesOf(form.columns.filter(({ column }) => rule.columns.some((one) => one.column === column)), words) }) : ''
  const rest = exceptions(rule, form).map(([right, columns]) => t(`access.columns.${rightNames[right]}`, { columns: namesOf(columns, words) }))
  return [t(`access.columnsAll.${rightNames[otherRight(rule)]}`), ...rest].join(t('access.comma'))
}

/** A role's title. */
export function roleText(role: Role | undefined, name: string, { language, find }: Pick<Speech, 'language' | 'find'>): string {
  return titleIn(language, role, find(`role.${name}`) ?? name)
}

/** Who holds a role by an assignment: `岗位 局长`, `城关局全体`, `王敏`. */
export function holderText(assignment: RoleAssignment, { t, find }: Pick<Speech, 't' | 'find'>, unitName: (id: string) => string): string {
  const { holder } = assignment
  if (holder.case === 'position') return t('access.holder.position', { name: find(`role.${holder.value}`) ?? holder.value })
  if (holder.case === 'unitId') return t('access.holder.unit', { name: unitName(holder.value) || holder.value })
  return t('access.holder.person', { name: holder.value ?? '' })
}

/** The days an assignment holds: `2026-11-01 — 2026-11-30`; empty for always. */
export function validityText({ validFrom, validTo }: Pick<RoleAssignment, 'validFrom' | 'validTo'>, { t }: Pick<Speech, 't'>): string {
  if (!validFrom && !validTo) return t('access.always')
  if (!validTo) return t('access.since', { from: validFrom })
  return validFrom ? t('access.between', { from: validFrom, to: validTo }) : t('access.until', { to: validTo })
}
