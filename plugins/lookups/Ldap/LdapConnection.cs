using System.Buffers.Binary;
using System.Formats.Asn1;
using System.Net.Sockets;

namespace PolicyMTA.Lookups.Ldap;

/// <summary>A connection that is bound, for one search at a time. Every step ends with the token: a server that is silent holds nothing up.</summary>
internal sealed class LdapConnection : IDisposable
{
    /// <summary>Bytes one message of a server may have, and entries one search.</summary>
    internal const int MessageLimit = 4 * 1024 * 1024, EntryLimit = 100_000;

    private Stream _stream;
    private int _lastId;

    private LdapConnection(Stream stream) => _stream = stream;

    /// <summary>When it was last used, by the clock of its owner.</summary>
    internal long LastUse { get; set; }

    /// <exception cref="SocketException">There is nobody.</exception>
    /// <exception cref="LdapResultException">The server does not want us.</exception>
    internal static async ValueTask<LdapConnection> OpenAsync(LdapAddress address, LdapLogin login, CancellationToken cancellationToken)
    {
        var socket = address.EndPoint is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address.EndPoint, cancellationToken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        var connection = new LdapConnection(new NetworkStream(socket, ownsSocket: true));
        try
        {
            if (login.StartsTls) await connection.AskAsync("StartTLS", LdapMessages.StartTlsRequest, LdapMessages.ExtendedDone, cancellationToken);
            if (address.IsTls || login.StartsTls) connection._stream = await login.Tls.StartAsync(connection._stream, address.Host, cancellationToken);
            if (login.Kind == LdapBind.Simple) await connection.AskAsync("bind", id => LdapMessages.SimpleBind(id, login.Name, login.Password), LdapMessages.BindDone, cancellationToken);
            if (login.Kind == LdapBind.External) await connection.AskAsync("bind", id => LdapMessages.ExternalBind(id, login.Name), LdapMessages.BindDone, cancellationToken);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>The entries that were found. References to other servers are not followed.</summary>
    /// <exception cref="LdapResultException">The server's result is not success.</exception>
    /// <exception cref="InvalidDataException">The server does not keep to the protocol, or says more than a table can use.</exception>
    internal async ValueTask<List<LdapEntry>> SearchAsync(LdapSearch search, CancellationToken cancellationToken)
    {
        var id = ++_lastId;
        await _stream.WriteAsync(LdapMessages.Search(id, search), cancellationToken);
        var entries = new List<LdapEntry>();
        while (true)
        {
            var (kind, body) = await ReadAsync(id, cancellationToken);
            if (kind == LdapMessages.Reference) continue;
            if (kind == LdapMessages.Entry)
            {
                if (entries.Count == EntryLimit) throw new InvalidDataException($"more than {EntryLimit} entries");
                entries.Add(LdapMessages.ReadEntry(body));
                continue;
            }
            if (kind != LdapMessages.Done) throw new InvalidDataException($"an answer of an unexpected kind ({kind})");
            var (code, text) = LdapMessages.ReadResult(body);
            return code == 0 ? entries : throw new LdapResultException("search", code, text);
        }
    }

    /// <summary>Closes it, with a farewell (RFC 4511 §4.3) when it is in order.</summary>
    internal void Dispose(bool isPolite)
    {
        // A farewell that does not fit the socket's buffer is not worth a wait.
        if (isPolite) _ = _stream.WriteAsync(LdapMessages.Unbind(++_lastId)).AsTask().ContinueWith(_ => _stream.Dispose(), TaskScheduler.Default);
        else _stream.Dispose();
    }

    public void Dispose() => Dispose(isPolite: false);

    private async ValueTask AskAsync(string operation, Func<int, byte[]> write, Asn1Tag expected, CancellationToken cancellationToken)
    {
        var id = ++_lastId;
        await _stream.WriteAsync(write(id), cancellationToken);
        var (kind, body) = await ReadAsync(id, cancellationToken);
        if (kind != expected) throw new InvalidDataException($"an answer of an unexpected kind ({kind})");
        var (code, text) = LdapMessages.ReadResult(body);
        if (code != 0) throw new LdapResultException(operation, code, text);
    }

    private async ValueTask<(Asn1Tag Kind, AsnReader Body)> ReadAsync(int id, CancellationToken cancellationToken)
    {
        var message = LdapMessages.Read(await ReadMessageAsync(cancellationToken));
        // Number 0 is the server's own: a notice that it is going (RFC 4511 §4.4.1).
        if (message.Id == 0) throw new EndOfStreamException("the server ends the connection");
        return message.Id == id ? (message.Kind, message.Body) : throw new InvalidDataException($"an answer to message {message.Id} instead of {id}");
    }

    private async ValueTask<byte[]> ReadMessageAsync(CancellationToken cancellationToken)
    {
        var head = new byte[2];
        await _stream.ReadExactlyAsync(head, cancellationToken);
        var rest = head[1] & 0x7f;
        if (head[0] != 0x30 || head[1] == 0x80 || head[1] > 0x84) throw new InvalidDataException("the server does not speak LDAP");
        if (head[1] < 0x80) return await ReadBodyAsync(head, rest, cancellationToken);
        var length = new byte[4];
        await _stream.ReadExactlyAsync(length.AsMemory(4 - rest), cancellationToken);
        var size = BinaryPrimitives.ReadUInt32BigEndian(length);
        if (size > MessageLimit) throw new InvalidDataException($"a message of {size} bytes; the limit is {MessageLimit}");
        return await ReadBodyAsync([.. head, .. length[(4 - rest)..]], (int)size, cancellationToken);
    }

    private async ValueTask<byte[]> ReadBodyAsync(byte[] head, int size, CancellationToken cancellationToken)
    {
        var message = new byte[head.Length + size];
        head.CopyTo(message, 0);
        await _stream.ReadExactlyAsync(message.AsMemory(head.Length), cancellationToken);
        return message;
    }
}
