import { create } from '@bufbuild/protobuf'
import { expect, it } from 'vitest'

import { translator } from '@/app/i18n/text'
import { zh } from '@/app/i18n/zh'
import { deedOf } from '@/features/organisation/organisationWords'
import { ChangeSchema } from '@/rpc/crm/common/v1/change_pb'

const t = translator(zh)
const changed = (form: string, ...fields: [field: string, newValue?: string][]) => fields.map(([field, newValue = '']) => create(ChangeSchema, { form, field, newValue }))

it.each([
  [changed('support.pair', ['*', 'z01 + m001']), '新增双层维系：z01 + m001'],
  [changed('support.pair', ['valid_to', '2026-11-22']), '改了双层维系'],
  [changed('support.stand_in', ['cancelled', 'true']), '收回代班安排'],
  [changed('support.staff', ['*', 'm901']), '办理入职'],
  [changed('support.staff', ['password']), '重置了密码'],
  [changed('support.staff', ['state', 'left'], ['reason', '离开']), undefined],
  [changed('support.organisation', ['*', 'B09']), undefined],
])('says what was done where there is a better word than the fields', (changes, deed) => {
  expect(deedOf(changes, { t })).toBe(deed)
})
