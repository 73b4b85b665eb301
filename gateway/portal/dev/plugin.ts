/**
 * A branch in memory for development: the same addresses and protocol as the gateway. The cookie `mock` chooses who is signed in and how
 * it behaves: `mock=as=c01&slow=800`, `empty`, `many`, `fail=ListTasks`, `out` (nobody is signed in).
 */
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'

import { create } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { connectNodeAdapter } from '@connectrpc/connect-node'
import type { Connect, Plugin } from 'vite'

import { ImportForm, ImportJob_State, ImportJobSchema } from '../src/rpc/crm/customer/v1/customer_pb'
import { TaskState } from '../src/rpc/crm/dispatch/v1/dispatch_pb'
import { behaviour } from './calls'
import { heard, jobs, move, routes } from './routes'
import { staff } from './people'
import { add, newTask, tasks } from './tasks'

const NONCE = 'development'
const POLICY = `default-src 'none'; script-src 'self' 'nonce-${NONCE}'; style-src 'self' 'nonce-${NONCE}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`

const rpc = connectNodeAdapter({ routes, requestPathPrefix: '/rpc' })

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function live(request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  response.write(': listening\n\n')
  const listener = (id: string, version: number, change: string) => {
    response.write(`event: task\ndata: ${JSON.stringify({ id, version, change })}\n\n`)
  }
  heard.add(listener)
  request.on('close', () => heard.delete(listener))
}

/** Things that happen at the branch while somebody looks: `/dev/arrive`, `/dev/touch?id=`. */
function happen(url: URL, response: ServerResponse): void {
  if (url.pathname === '/dev/arrive') {
    const task = add(newTask('m001', new Date(Date.now() + 3_600_000)))
    heard.forEach((listener) => { listener(task.id, 1, 'created') })
    json(response, 200, { id: task.id })
    return
  }
  const task = tasks.get(url.searchParams.get('id') ?? '')
  if (task) move(task, { id: 'z01', name: '李四' }, TaskState.ACCEPTED, 'accepted')
  json(response, 200, { touched: Boolean(task) })
}

function startImport(url: URL, request: IncomingMessage, response: ServerResponse): void {
  request.resume().on('end', () => {
    const job = create(ImportJobSchema, { id: `j${String(jobs.length + 2)}`, name: url.searchParams.get('name') ?? '', form: ImportForm.CUSTOMER, state: ImportJob_State.RUNNING, startedAt: timestampFromDate(new Date()), startedBy: '系统管理员' })
    jobs.unshift(job)
    json(response, 200, { id: job.id })
  })
}

function session(mock: URLSearchParams, response: ServerResponse): void {
  const person = staff.find((one) => one.staffNumber === (mock.get('as') ?? 'm001'))
  if (mock.has('out') || !person) json(response, 401, { reason: 'SIGNED_OUT' })
  else json(response, 200, { staff_number: person.staffNumber, name: person.name, roles: person.roles, csrf: 'development', expires_at: new Date(Date.now() + 3_600_000).toISOString(), language: 'zh-CN' })
}

const branch: Connect.NextHandleFunction = (request, response, next) => {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const mock = behaviour(request.headers.cookie)
  const answer = () => {
    if (url.pathname === '/session') session(mock, response)
    else if (url.pathname === '/logout') json(response, 200, { location: '/login' })
    else if (url.pathname === '/login') response.end('login page')
    else if (/^\/systems\/[\w-]+\/open$/.test(url.pathname)) response.writeHead(303, { location: url.pathname.replace('open', 'credential?reason=CREDENTIAL_WANTED&cause=MISSING') }).end()
    else if (url.pathname === '/live') live(request, response)
    else if (url.pathname.startsWith('/dev/')) happen(url, response)
    else if (url.pathname.startsWith('/files/exports/')) response.writeHead(200, { 'content-type': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'content-disposition': 'attachment' }).end('PK')
    else if (url.pathname === '/files/imports') startImport(url, request, response)
    else if (url.pathname.startsWith('/rpc/')) {
      const failing = mock.get('fail')
      if (failing && url.pathname.endsWith(`/${failing}`)) json(response, 503, { code: 'unavailable', message: 'away' })
      else void rpc(request, response)
    } else next()
  }
  const pause = Number(mock.get('slow') ?? 0)
  if (pause > 0 && url.pathname.startsWith('/rpc/')) setTimeout(answer, pause)
  else answer()
}

/** Serves the built portal as the gateway does: nonce in place, strict policy, every client address gives the page. */
const built: Connect.NextHandleFunction = (request, response, next) => {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname
  if (/\.\w+$/.test(path) && path !== '/index.html') {
    next()
    return
  }
  const page = readFileSync(join(import.meta.dirname, '../dist/index.html'), 'utf8').replaceAll('__CSP_NONCE__', NONCE)
  response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': POLICY }).end(page)
}

/** The plugin. */
export function mockBranch(): Plugin {
  return {
    name: 'mock-branch',
    configureServer(server) {
      server.middlewares.use(branch)
    },
    configurePreviewServer(server) {
      server.middlewares.use(branch)
      server.middlewares.use(built)
    },
  }
}
