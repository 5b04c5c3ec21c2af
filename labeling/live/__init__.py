"""One web server for both kinds of request: short ones in threads, waiting ones in an event loop; knows no room.

A view never waits. It answers at once, and says in a header how the answer goes on (see `held`): the front in this
package then keeps the caller without a thread until somebody rings.
"""
