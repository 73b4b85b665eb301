import { queryOptions, useQuery } from '@tanstack/react-query'

import { Action, ColumnRight, RowScope, type Grant } from '@/rpc/crm/common/v1/access_pb'

import { session } from './session'
import { support } from './transport'

/** The person, the rules that apply to them, and where they belong. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => support.getMe({}, { signal }),
  staleTime: 60_000,
})

/** Forms the portal knows. */
export type Form =
  | 'dispatch.task'
  | 'dispatch.assignment'
  | 'dispatch.generation_rule'
  | 'dispatch.write_back'
  | 'customer.customer'
  | 'customer.appointment'
  | 'customer.import'
  | 'support.organisation'
  | 'support.staff'
  | 'support.calendar'
  | 'support.parameter'
  | 'support.sign_in'
  | 'support.role'
  | 'support.disclosure'
  | 'support.export'
  | 'support.audit'
  | 'support.system'
  | 'telemetry.health'
  | 'telemetry.calls'
  | 'telemetry.traces'
  | 'telemetry.alerts'
  | 'operations.dead_letters'

/** True when one of the rules lets the person do it on some row, and none forbids it on every row. */
export function permits(grants: Grant[], form: Form, action: Action): boolean {
  const of = grants.filter((grant) => grant.form === form && grant.actions.includes(action))
  const forbidden = of.some((grant) => grant.refuse && grant.columns.length === 0 && grant.scope === RowScope.ALL)
  return !forbidden && of.some((grant) => !grant.refuse)
}

const filling = [Action.CREATE, Action.CHANGE, Action.IMPORT]

/** True when a new row may come with a value in a column, as far as the rules tell without the row: the service has the last word. */
export function fillable(grants: Grant[], form: Form, column: string): boolean {
  const said = (grant: Grant) => grant.columns.find((one) => one.column === column)?.right
  const of = grants.filter((grant) => grant.form === form)
  if (of.some((grant) => grant.refuse && said(grant) !== undefined)) return false
  const opened = (grant: Grant) => said(grant) ?? (grant.otherColumns || ColumnRight.WRITE)
  return of.some((grant) => !grant.refuse && grant.actions.some((action) => filling.includes(action)) && opened(grant) === ColumnRight.WRITE)
}

/** What the person may do; everything is false until it is known. */
export function useAccess() {
  const { data, isPending, error } = useQuery(meQuery)
  const may = (form: Form, action: Action) => permits(data?.grants ?? [], form, action)
  const fills = (form: Form, column: string) => fillable(data?.grants ?? [], form, column)
  return { known: !isPending, error, may, fills, sees: (form: Form) => may(form, Action.SEE) }
}

const ownTasks = new Set(['customer_manager', 'seat_manager'])

/** True when the person does tasks; others look after those of many people. */
export function doesTasks(): boolean {
  return session().roles.some((role) => ownTasks.has(role))
}
