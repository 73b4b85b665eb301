import { Activity, CalendarDays, ClipboardList, Eye, FileCheck2, FileUp, House, IdCard, MonitorUp, Network, Repeat2, ScrollText, Send, ShieldCheck, SlidersHorizontal, Users, type LucideIcon } from 'lucide-react'

import { Action } from '@/rpc/crm/common/v1/access_pb'

import type { Key } from '../i18n/text'
import { doesTasks, type Form } from '../me'

/** A part of the product a person may use. */
export interface Module {
  to: '/' | '/tasks' | '/customers' | '/write-backs' | '/imports' | '/settings/rules' | '/calendar' | '/organisation' | '/staff' | '/parameters' | '/approvals' | '/disclosures' | '/roles' | '/audit' | '/systems' | '/operations'
  label: Key
  icon: LucideIcon
  /** What the person must be allowed to do to see it; any of several will do. */
  needs?: [Form, Action][]
  section?: 'settings'
}

/** Every module, in the order of the navigation. */
export const modules: Module[] = [
  { to: '/', label: 'nav.today', icon: House },
  { to: '/tasks', label: 'nav.tasks', icon: ClipboardList, needs: [['dispatch.task', Action.SEE]] },
  { to: '/customers', label: 'nav.customers', icon: Users, needs: [['customer.customer', Action.SEE]] },
  { to: '/write-backs', label: 'nav.writeBacks', icon: Send, needs: [['dispatch.write_back', Action.SEE]] },
  { to: '/imports', label: 'nav.imports', icon: FileUp, needs: [['customer.import', Action.SEE]] },
  { to: '/approvals', label: 'nav.approvals', icon: FileCheck2, needs: [['support.role', Action.APPROVE], ['support.export', Action.APPROVE]] },
  { to: '/disclosures', label: 'nav.disclosures', icon: Eye, needs: [['support.disclosure', Action.SEE]] },
  { to: '/operations', label: 'nav.operations', icon: Activity, needs: [['telemetry.health', Action.SEE]] },
  { to: '/settings/rules', label: 'nav.rules', icon: Repeat2, needs: [['dispatch.generation_rule', Action.SEE]], section: 'settings' },
  { to: '/calendar', label: 'nav.calendar', icon: CalendarDays, needs: [['support.calendar', Action.CHANGE]], section: 'settings' },
  { to: '/parameters', label: 'nav.parameters', icon: SlidersHorizontal, needs: [['support.parameter', Action.CHANGE]], section: 'settings' },
  { to: '/organisation', label: 'nav.organisation', icon: Network, needs: [['support.organisation', Action.CHANGE]], section: 'settings' },
  { to: '/staff', label: 'nav.staff', icon: IdCard, needs: [['support.staff', Action.CHANGE]], section: 'settings' },
  { to: '/roles', label: 'nav.roles', icon: ShieldCheck, needs: [['support.role', Action.SEE]], section: 'settings' },
  { to: '/systems', label: 'nav.systems', icon: MonitorUp, needs: [['support.system', Action.SEE]], section: 'settings' },
  { to: '/audit', label: 'nav.audit', icon: ScrollText, needs: [['support.audit', Action.SEE]], section: 'settings' },
]

/** How the module is called for this person: a manager's customers are their own. */
export function labelOf(module: Module): Key {
  return module.to === '/customers' && doesTasks() ? 'nav.myCustomers' : module.label
}
