// Package overload decides which calls are worked on when there are more than the server can answer, and keeps callers
// who are slow, silent or many from taking what others need. It reads no HTTP: net/http has parsed a request before
// anything here sees it.
//
// # A call's way
//
//  1. Connections counts, per network, the connections on which a header is awaited; Slow counts bodies that are
//     awaited. Whole requests are not counted. Beyond a network's share the oldest that is not finished is ended: a
//     request that arrives in milliseconds is never the oldest.
//  2. ReadBody reads a body whole, into a bounded buffer. Five seconds without a byte, or less than 1 KiB a second, end
//     it. No slot, no transaction and no connection of the database is held meanwhile.
//  3. Slots.Take gives a slot, or makes the call wait in the line of its caller. A caller is a credential that has been
//     verified before (Verified), else the network: IPv4 /32, IPv6 /64. No header that nobody has checked makes a line.
//     Lines take turns, and no caller holds more than half of the slots. Who has waited for Patience is refused: 503
//     with Retry-After.
//  4. Behind the slot the call is authenticated, authorized, validated and done. Its answer goes into a bounded buffer
//     (Answer).
//  5. The slot is given back, and only then the answer is written, with a deadline that moves on with what the caller
//     takes. An answer beyond the bound, and every file, takes a place among the Transfers instead, of which nobody has
//     more than a quarter.
//  6. What is left of the body of a refused request is read on and thrown away (Discard), up to 32 MiB or 5 s: a client
//     that sends everything before it reads would otherwise see a reset in place of 401, 413 or 429.
//
// # Streams and other calls that wait
//
// A Ticket is a slot that a call gives back and takes again. Park gives it back, waits to be woken, and takes it again:
// whoever waits holds no slot, no transaction and no connection. Leave gives it back before something is sent to a
// caller who may not read. Streams bounds how many of them a person and a tenant have.
package overload
