import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router'

import { HomePage } from '@/features/tasks/HomePage'

import { ErrorPage, NotFoundPage } from './shell/OddPages'
import { Shell } from './shell/Shell'
import { approvalsSearch, auditSearch, calendarSearch, credentialSearch, customersSearch, disclosuresSearch, homeSearch, operationsSearch, organisationSearch, parametersSearch, roleSearch, rolesWhySearch, staffSearch, tasksSearch, versionsSearch, writeBacksSearch } from './search'

const root = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage, errorComponent: ErrorPage })

const home = createRoute({ getParentRoute: () => root, path: '/', validateSearch: homeSearch, component: HomePage })
const tasks = createRoute({ getParentRoute: () => root, path: '/tasks', validateSearch: tasksSearch, component: lazyRouteComponent(() => import('@/features/tasks/TasksPage')) })
const task = createRoute({ getParentRoute: () => root, path: '/tasks/$id', component: lazyRouteComponent(() => import('@/features/tasks/TaskPage')) })
const customers = createRoute({ getParentRoute: () => root, path: '/customers', validateSearch: customersSearch, component: lazyRouteComponent(() => import('@/features/customers/CustomersPage')) })
const customer = createRoute({ getParentRoute: () => root, path: '/customers/$id', component: lazyRouteComponent(() => import('@/features/customers/CustomerPage')) })
const writeBacks = createRoute({ getParentRoute: () => root, path: '/write-backs', validateSearch: writeBacksSearch, component: lazyRouteComponent(() => import('@/features/writebacks/WriteBacksPage')) })
const imports = createRoute({ getParentRoute: () => root, path: '/imports', component: lazyRouteComponent(() => import('@/features/imports/ImportsPage')) })
const rules = createRoute({ getParentRoute: () => root, path: '/settings/rules', component: lazyRouteComponent(() => import('@/features/rules/RulesPage')) })
const calendar = createRoute({ getParentRoute: () => root, path: '/calendar', validateSearch: calendarSearch, component: lazyRouteComponent(() => import('@/features/calendar/CalendarPage')) })
const oldCalendar = createRoute({ getParentRoute: () => root, path: '/settings/calendar', validateSearch: calendarSearch, beforeLoad: ({ search }) => { throw redirect({ to: '/calendar', search, replace: true }) } })
const organisation = createRoute({ getParentRoute: () => root, path: '/organisation', validateSearch: organisationSearch, component: lazyRouteComponent(() => import('@/features/organisation/OrganisationPage')) })
const staff = createRoute({ getParentRoute: () => root, path: '/staff', validateSearch: staffSearch, component: lazyRouteComponent(() => import('@/features/staff/StaffPage')) })
const member = createRoute({ getParentRoute: () => root, path: '/staff/$number', component: lazyRouteComponent(() => import('@/features/staff/MemberPage')) })
const parameters = createRoute({ getParentRoute: () => root, path: '/parameters', validateSearch: parametersSearch, component: lazyRouteComponent(() => import('@/features/parameters/ParametersPage')) })
const roles = createRoute({ getParentRoute: () => root, path: '/roles', component: lazyRouteComponent(() => import('@/features/access/RolesPage')) })
const role = createRoute({ getParentRoute: () => root, path: '/roles/$name', validateSearch: roleSearch, component: lazyRouteComponent(() => import('@/features/access/RolePage')) })
const roleDraft = createRoute({ getParentRoute: () => root, path: '/roles/draft', component: lazyRouteComponent(() => import('@/features/access/DraftPage')) })
const roleVersions = createRoute({ getParentRoute: () => root, path: '/roles/versions', validateSearch: versionsSearch, component: lazyRouteComponent(() => import('@/features/access/VersionsPage')) })
const rolesWhy = createRoute({ getParentRoute: () => root, path: '/roles/why', validateSearch: rolesWhySearch, component: lazyRouteComponent(() => import('@/features/access/WhyPage')) })
const rolesPreview = createRoute({ getParentRoute: () => root, path: '/roles/preview', validateSearch: rolesWhySearch, component: lazyRouteComponent(() => import('@/features/access/PreviewPage')) })
const approvals = createRoute({ getParentRoute: () => root, path: '/approvals', validateSearch: approvalsSearch, component: lazyRouteComponent(() => import('@/features/approvals/ApprovalsPage')) })
const disclosures = createRoute({ getParentRoute: () => root, path: '/disclosures', validateSearch: disclosuresSearch, component: lazyRouteComponent(() => import('@/features/disclosures/DisclosuresPage')) })
const audit = createRoute({ getParentRoute: () => root, path: '/audit', validateSearch: auditSearch, component: lazyRouteComponent(() => import('@/features/audit/AuditPage')) })
const operations = createRoute({ getParentRoute: () => root, path: '/operations', validateSearch: operationsSearch, component: lazyRouteComponent(() => import('@/features/operations/OperationsPage')) })
const trace = createRoute({ getParentRoute: () => root, path: '/operations/traces/$id', component: lazyRouteComponent(() => import('@/features/operations/TracePage')) })
const systems = createRoute({ getParentRoute: () => root, path: '/systems', component: lazyRouteComponent(() => import('@/features/systems/SystemsPage')) })
const credential = createRoute({ getParentRoute: () => root, path: '/systems/$code/credential', validateSearch: credentialSearch, component: lazyRouteComponent(() => import('@/features/systems/CredentialPage')) })
const me = createRoute({ getParentRoute: () => root, path: '/me', component: lazyRouteComponent(() => import('@/features/me/MePage')) })

/** Every page and its address. */
export const router = createRouter({
  routeTree: root.addChildren([home, tasks, task, customers, customer, writeBacks, imports, rules, calendar, oldCalendar, organisation, staff, member, parameters, roles, role, roleDraft, roleVersions, rolesWhy, rolesPreview, approvals, disclosures, audit, operations, trace, systems, credential, me]),
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultErrorComponent: ErrorPage,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
