import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'

import { HomePage } from '@/features/tasks/HomePage'

import { ErrorPage, NotFoundPage } from './shell/OddPages'
import { Shell } from './shell/Shell'
import { calendarSearch, customersSearch, homeSearch, tasksSearch, writeBacksSearch } from './search'

const root = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage, errorComponent: ErrorPage })

const home = createRoute({ getParentRoute: () => root, path: '/', validateSearch: homeSearch, component: HomePage })
const tasks = createRoute({ getParentRoute: () => root, path: '/tasks', validateSearch: tasksSearch, component: lazyRouteComponent(() => import('@/features/tasks/TasksPage')) })
const task = createRoute({ getParentRoute: () => root, path: '/tasks/$id', component: lazyRouteComponent(() => import('@/features/tasks/TaskPage')) })
const customers = createRoute({ getParentRoute: () => root, path: '/customers', validateSearch: customersSearch, component: lazyRouteComponent(() => import('@/features/customers/CustomersPage')) })
const customer = createRoute({ getParentRoute: () => root, path: '/customers/$id', component: lazyRouteComponent(() => import('@/features/customers/CustomerPage')) })
const writeBacks = createRoute({ getParentRoute: () => root, path: '/write-backs', validateSearch: writeBacksSearch, component: lazyRouteComponent(() => import('@/features/writebacks/WriteBacksPage')) })
const imports = createRoute({ getParentRoute: () => root, path: '/imports', component: lazyRouteComponent(() => import('@/features/imports/ImportsPage')) })
const rules = createRoute({ getParentRoute: () => root, path: '/settings/rules', component: lazyRouteComponent(() => import('@/features/rules/RulesPage')) })
const calendar = createRoute({ getParentRoute: () => root, path: '/settings/calendar', validateSearch: calendarSearch, component: lazyRouteComponent(() => import('@/features/calendar/CalendarPage')) })
const me = createRoute({ getParentRoute: () => root, path: '/me', component: lazyRouteComponent(() => import('@/features/me/MePage')) })

/** Every page and its address. */
export const router = createRouter({
  routeTree: root.addChildren([home, tasks, task, customers, customer, writeBacks, imports, rules, calendar, me]),
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultErrorComponent: ErrorPage,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
