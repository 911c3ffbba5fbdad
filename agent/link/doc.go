// SPDX-License-Identifier: Apache-2.0

// Package link is an agent's side of kit/wire: who this machine is ([Identity]), how it is enrolled ([Enrol]),
// and the one connection through which all it has to say goes up ([Agent]).
//
// What holds:
//
//   - The private key is made here and never leaves the device.
//   - A reading is on disk before it is sent and stays until the server has acknowledged it, in order. What was sent
//     and not acknowledged is sent again with the same instants, so that its second arrival changes nothing.
//   - Instants are the server's: a clock that runs by the machine's uptime and is set by acknowledgements ([Clock]). Setting
//     the machine's own clock disturbs nothing; not even the first connection depends on it, where the server has an authority of its
//     own ([vouched]). What was read before the server's time was known is put right when it is sent.
//   - After a break it comes back after a random time that grows, so that a whole fleet does not come at once.
//
// There is nothing global in it: ten thousand agents fit in one process, with a source of made-up readings and memory in place of the
// disk; that is how `mainstay dev swarm` tries a server.
package link
