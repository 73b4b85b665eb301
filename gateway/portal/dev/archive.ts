import { create } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'

import { AppointmentKind, CustomerGroup, CustomerKind, CustomerSchema, GetCustomerResponseSchema, SubscriberKind, type Customer, type GetCustomerResponse } from '../src/rpc/crm/customer/v1/customer_pb'
import { chance, chooser } from './chance'
import { communities, personName, staff } from './people'

const next = chance(5)
const pick = chooser(6)
const shops = ['佳禾超市', '老张面馆', '锦程汽修', '康泰大药房', '鑫源五金', '春风理发店', '宏达物流有限责任公司临江第三营业部及仓储配送中心', '蓝天幼儿园', '悦来宾馆', '天成广告']

function customer(index: number): Customer {
  const business = next() < 0.22
  const community = index < 400 ? communities[0] : pick(communities)
  const owner = index < 400 ? staff[0] : pick(staff.slice(0, 120))
  return create(CustomerSchema, {
    id: `0191c000-0000-7000-8000-${String(index).padStart(12, '0')}`,
    customerNumber: `C${String(200000 + index)}`,
    kind: business ? CustomerKind.BUSINESS : CustomerKind.HOUSEHOLD,
    group: business ? (next() < 0.1 ? CustomerGroup.KEY_ACCOUNT : CustomerGroup.BUSINESS) : CustomerGroup.PUBLIC,
    name: business ? pick(shops) : personName(),
    phone: index % 3 === 0 ? `138****${String(1000 + (index % 9000))}` : `138${String(10000000 + ((index * 7919) % 89999999))}`,
    bureauId: community?.parentId ?? '',
    communityId: community?.id ?? '',
    ownerNumber: owner?.staffNumber ?? '',
    seatNumber: index % 4 === 0 ? 'z01' : '',
    birthday: { lunar: index % 2 === 0, year: 1955 + (index % 45), month: 1 + (index % 12), day: 1 + (index % 28), leapMonth: false },
    storeAnniversary: business ? '2015-11-22' : '',
    address: `${community?.name.replace('社区', '') ?? ''}小区${String(1 + (index % 28))}栋${String(1 + (index % 4))}单元${String(100 + (index % 18) * 100 + (index % 4))}`,
    joinedOn: `20${String(8 + (index % 17)).padStart(2, '0')}-0${String(1 + (index % 9))}-1${String(index % 9)}`,
    version: 3n,
    idCard: `3201**********${String(1000 + (index % 8999))}`,
    note: index % 9 === 0 ? '老人在家,敲门声音大一些;下午两点以后方便。' : '',
  })
}

/** The archive: 10,000 customers. */
export const archive: Customer[] = Array.from({ length: 10_000 }, (_, index) => customer(index)).sort((a, b) => a.name.localeCompare(b.name, 'zh-CN'))

/** By id. */
export const customerById = new Map(archive.map((one) => [one.id, one]))

/** A customer with everything that hangs on it. */
export function whole(one: Customer): GetCustomerResponse {
  const number = Number(one.customerNumber.slice(1))
  const account = (at: number) => ({ id: `${one.id}-a${String(at)}`, accountNumber: `A${String(number * 10 + at)}`, name: one.name, paymentMethod: at ? 'direct_debit' : 'cash', status: 'active' })
  const kinds = [SubscriberKind.FIXED_LINE, SubscriberKind.BROADBAND, SubscriberKind.MOBILE, SubscriberKind.MOBILE].slice(0, 1 + (number % 4))
  return create(GetCustomerResponseSchema, {
    customer: one,
    accounts: [account(0), ...(number % 2 ? [account(1)] : [])],
    subscribers: kinds.map((kind, at) => ({ id: `${one.id}-s${String(at)}`, number: kind === SubscriberKind.FIXED_LINE ? '02588****12' : kind === SubscriberKind.BROADBAND ? `kd${String(number)}` : `1860000${String(1000 + at)}`, kind, product: ['家庭固话', '宽带300M', '全家福129套餐', '流量王'][at] ?? '', status: at === 3 ? 'suspended' : 'active', gNet: kind === SubscriberKind.MOBILE, accountId: `${one.id}-a${String(at > 1 && number % 2 ? 1 : 0)}`, activatedOn: '2018-06-01' })),
    contacts: [{ id: `${one.id}-c`, name: one.name, role: 'owner', phone: one.phone }],
    addresses: [{ id: `${one.id}-d`, kind: 'installation', text: one.address, communityId: one.communityId }],
    appointments: number % 3 ? [] : [{ id: `${one.id}-p`, appointmentNumber: `Y${String(number)}`, customerId: one.id, kind: AppointmentKind.RELOCATE, startsAt: timestampFromDate(new Date(Date.now() + 2 * 86_400_000)), place: one.address, contactName: one.name, contactPhone: one.phone, status: 'booked' }],
  })
}
