using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using PolicyMTA.Sdk;

namespace PolicyMTA.Authentication.Passwords.Saslauthd;

/// <summary>Asks Cyrus SASL's saslauthd over its unix socket: four counted strings, user, password, service and realm, and one back, which begins with OK or NO.</summary>
internal sealed class SaslauthdCheck(string path, string service, TimeProvider time) : IPasswordCheck
{
    // PAM modules behind it hold back failures for seconds; the session waits for 30.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(25);
    private const int LongestAnswer = 1024;

    /// <inheritdoc/>
    public async ValueTask<SaslStep> CheckAsync(string user, byte[] password, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var question = Question(user, password);
        try
        {
            return await AskAsync(question, both.Token) switch
            {
                ['O', 'K', ..] => new SaslStep.Success(user),
                ['N', 'O', ..] => new SaslStep.Failure(PasswordChecker.FailureReason, user),
                _ => new SaslStep.TemporaryFailure("saslauthd said neither OK nor NO"),
            };
        }
        catch (Exception error) when (error is SocketException or IOException || patience.IsCancellationRequested && error is OperationCanceledException)
        {
            return new SaslStep.TemporaryFailure($"saslauthd can't be asked at {path}: {(error is OperationCanceledException ? $"no answer within {Patience.TotalSeconds} s" : error.Message)}");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(question);
        }
    }

    private async Task<string> AskAsync(byte[] question, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(question, cancellationToken);
        var length = new byte[2];
        await stream.ReadExactlyAsync(length, cancellationToken);
        if (BinaryPrimitives.ReadUInt16BigEndian(length) is var size && size > LongestAnswer) throw new IOException($"an answer of {size} bytes");
        var answer = new byte[size];
        await stream.ReadExactlyAsync(answer, cancellationToken);
        return Encoding.UTF8.GetString(answer);
    }

    // As Cyrus' own client: what stands behind the last @ is the realm.
    private byte[] Question(string user, byte[] password)
    {
        var at = user.LastIndexOf('@');
        byte[][] parts = [Encoding.UTF8.GetBytes(at < 0 ? user : user[..at]), password, Encoding.UTF8.GetBytes(service), Encoding.UTF8.GetBytes(at < 0 ? "" : user[(at + 1)..])];
        var question = new byte[parts.Sum(p => p.Length + 2)];
        var position = 0;
        foreach (var part in parts)
        {
            BinaryPrimitives.WriteUInt16BigEndian(question.AsSpan(position), checked((ushort)part.Length));
            part.CopyTo(question, position + 2);
            position += part.Length + 2;
        }
        return question;
    }
}
