// Package identity knows who somebody is and what they may do: passwords and second factors, login sessions and their
// tokens, API tokens, invitations, the founding of tenants, and the principal behind each call. The rooms auth, me,
// users, groups, tenants and apitokens are thin doors to it.
//
// What must be kept although the answer is a refusal (counts of attempts, used codes, an ended session) is committed
// before the refusal is returned. A password is never hashed inside a transaction.
package identity
