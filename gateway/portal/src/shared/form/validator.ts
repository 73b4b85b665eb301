/**
 * JSON Schema for rjsf without generated code: the strict content security policy forbids `new Function`, on which rjsf's usual
 * validator (ajv) rests, so the schema is interpreted.
 */
import { Validator, type OutputUnit, type Schema } from '@cfworker/json-schema'
import {
  createErrorHandler,
  toErrorSchema,
  unwrapErrorHandler,
  validationDataMerge,
  type ErrorTransformer,
  type RJSFSchema,
  type RJSFValidationError,
  type ValidatorType,
} from '@rjsf/utils'

function without$id(schema: RJSFSchema): Schema {
  return schema as unknown as Schema
}

/** What is written, as JSON knows it: the form keeps a key without a value for what was emptied, at which the validator would throw. */
function asJson(data: unknown): unknown {
  return data === undefined || data === null ? {} : (JSON.parse(JSON.stringify(data)) as unknown)
}

function run(schema: RJSFSchema | boolean, data: unknown, rootSchema?: RJSFSchema): OutputUnit[] {
  const whole = typeof schema === 'boolean' ? schema : without$id(rootSchema?.$defs ? { $defs: rootSchema.$defs, ...schema } : schema)
  return new Validator(whole, '2020-12', false).validate(asJson(data)).errors
}

/** Errors about a composition only repeat those of its parts. */
const echoes = new Set(['properties', 'items', 'allOf', 'anyOf', 'if', 'then', 'else', '$ref', 'prefixItems'])

/** `required` names its field in words only. */
const REQUIRED_FIELD = /"([^"]+)"\.?$/

function asError(unit: OutputUnit): RJSFValidationError {
  const path = unit.instanceLocation.replace(/^#\/?/, '').split('/').filter(Boolean)
  const missing = unit.keyword === 'required' ? REQUIRED_FIELD.exec(unit.error)?.[1] : undefined
  const property = [...path, ...(missing ? [missing] : [])].map((part) => `.${part}`).join('')
  return { name: unit.keyword, property, message: unit.error, params: missing ? { missingProperty: missing } : {}, stack: unit.error, schemaPath: unit.keywordLocation }
}

/** The errors of some data, one a field. */
export function validate(schema: RJSFSchema, data: unknown): RJSFValidationError[] {
  const seen = new Set<string>()
  return run(schema, data, schema)
    .filter((unit) => !echoes.has(unit.keyword))
    .map(asError)
    .filter((error) => !seen.has(error.property ?? '') && seen.add(error.property ?? ''))
}

/** What rjsf asks of a validator. */
export const validator: ValidatorType = {
  validateFormData(data, schema, customValidate, transformErrors?: ErrorTransformer, uiSchema?) {
    let errors = validate(schema, data)
    if (transformErrors) errors = transformErrors(errors, uiSchema)
    const errorSchema = toErrorSchema(errors)
    if (!customValidate) return { errors, errorSchema }
    const handler = customValidate(data, createErrorHandler(data ?? {}), uiSchema)
    return validationDataMerge({ errors, errorSchema }, unwrapErrorHandler(handler))
  },
  isValid: (schema, data, rootSchema) => run(schema, data, rootSchema).length === 0,
  rawValidation: (schema, data) => ({ errors: run(schema, data) as never[] }),
}

export default validator
