/** Older systems of the branch in memory. */
import { create } from '@bufbuild/protobuf'
import { Code, type ConnectRouter } from '@connectrpc/connect'

import { ExternalSystemSchema, SystemService, WayIn } from '../src/rpc/crm/support/v1/systems_pb'
import { callerOf, refuse } from './calls'

const system = (place: number, code: string, titleZh: string, titleEn: string, wayIn: WayIn, positions: string[] = []) => create(ExternalSystemSchema, { code, titleZh, titleEn, noteZh: `${titleZh}，在新标签页打开`, noteEn: `${titleEn}, in a new tab`, wayIn, startUrl: `https://${code}.branch.example/`, ...(wayIn === WayIn.STORED_CREDENTIAL ? { loginUrl: `https://${code}.branch.example/login`, userField: 'username', passwordField: 'password' } : {}), positions, place, active: true, version: 1n })

let systems = [
  system(1, 'billing', '计费账务', 'Billing', WayIn.OIDC),
  system(2, 'gnet', 'G网CRM', 'G-net CRM', WayIn.SAML),
  system(3, 'fixed-line', '固网派单', 'Fixed-line dispatch', WayIn.STORED_CREDENTIAL),
  system(4, 'resources', '资源查询', 'Resource look-up', WayIn.STORED_CREDENTIAL, ['customer_manager', 'dispatcher', 'administrator']),
  system(5, 'wiki', '知识库', 'Knowledge base', WayIn.LINK),
]
const stored = new Set(['m001/fixed-line', 'c01/fixed-line'])

/** Older systems and the way in to them. */
export function systemRoutes(router: ConnectRouter): void {
  router.service(SystemService, {
    listMySystems(_, context) {
      const { staffNumber, roles } = callerOf(context)
      return { tiles: systems.filter((one) => one.active && (one.positions.length === 0 || one.positions.some((name) => roles.includes(name)))).map(({ code, titleZh, titleEn, noteZh, noteEn, wayIn }) => ({ code, titleZh, titleEn, noteZh, noteEn, wayIn, ready: stored.has(`${staffNumber}/${code}`) })) }
    },
    listSystems: () => ({ systems }),
    setSystem(request) {
      const given = request.system
      if (!given) throw refuse(Code.InvalidArgument, 'FIELD_REQUIRED', { field: 'system' })
      const old = systems.find((one) => one.code === given.code)
      if (given.version === 0n && old) throw refuse(Code.AlreadyExists, 'SYSTEM_CODE_TAKEN')
      if (old && old.version !== given.version) throw refuse(Code.Aborted, 'STALE_VERSION')
      const made = create(ExternalSystemSchema, { ...given, version: given.version + 1n })
      systems = [...systems.filter((one) => one.code !== given.code), made].sort((a, b) => a.place - b.place)
      return { system: made }
    },
    deleteSystem(request) {
      systems = systems.filter((one) => one.code !== request.code)
      return {}
    },
    storeCredential(request, context) {
      stored.add(`${callerOf(context).staffNumber}/${request.code}`)
      return {}
    },
    forgetCredential(request, context) {
      stored.delete(`${callerOf(context).staffNumber}/${request.code}`)
      return {}
    },
  })
}
