import { CalendarDays, ClipboardList, FileUp, House, Repeat2, Send, Users, type LucideIcon } from 'lucide-react'

import { Action } from '@/rpc/crm/common/v1/access_pb'

import type { Key } from '../i18n/text'
import { doesTasks, type Form } from '../me'

/** A part of the product a person may use. */
export interface Module {
  to: '/' | '/tasks' | '/customers' | '/write-backs' | '/imports' | '/settings/rules' | '/settings/calendar'
  label: Key
  icon: LucideIcon
  /** What the person must be allowed to do to see it. */
  needs?: [Form, Action]
  section?: 'settings'
}

/** Every module, in the order of the navigation. */
export const modules: Module[] = [
  { to: '/', label: 'nav.today', icon: House },
  { to: '/tasks', label: 'nav.tasks', icon: ClipboardList, needs: ['dispatch.task', Action.SEE] },
  { to: '/customers', label: 'nav.customers', icon: Users, needs: ['customer.customer', Action.SEE] },
  { to: '/write-backs', label: 'nav.writeBacks', icon: Send, needs: ['dispatch.write_back', Action.SEE] },
  { to: '/imports', label: 'nav.imports', icon: FileUp, needs: ['customer.import', Action.SEE] },
  { to: '/settings/rules', label: 'nav.rules', icon: Repeat2, needs: ['dispatch.generation_rule', Action.SEE], section: 'settings' },
  { to: '/settings/calendar', label: 'nav.calendar', icon: CalendarDays, needs: ['support.calendar', Action.CHANGE], section: 'settings' },
]

/** How the module is called for this person: a manager's customers are their own. */
export function labelOf(module: Module): Key {
  return module.to === '/customers' && doesTasks() ? 'nav.myCustomers' : module.label
}
