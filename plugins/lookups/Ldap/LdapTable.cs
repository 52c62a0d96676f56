using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using PolicyMTA.Sdk;

namespace PolicyMTA.Lookups.Ldap;

/// <summary>
/// Asks a directory, one of several servers that hold the same: in the order they are named, those that failed in the last minute at the end. When none
/// answers the lookup fails for now. Connections are kept, and made when they are needed: a server that is down when the program starts is found later.
/// </summary>
internal sealed partial class LdapTable(LdapTableOptions options, TimeProvider time, ILogger logger) : ILookupTable
{
    /// <summary>How long a server that failed comes last.</summary>
    internal static readonly TimeSpan RestAfterFailure = TimeSpan.FromSeconds(60);

    /// <summary>What one lookup takes at most, with all its searches.</summary>
    internal static readonly TimeSpan Longest = TimeSpan.FromSeconds(100);

    private readonly List<LdapServer> _servers = [.. options.Servers.Select(address => new LdapServer(address, options.Login, time))];

    /// <inheritdoc/>
    public TableCaching? Caching => options.Caching;

    /// <inheritdoc/>
    public async ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        if (options.Domains is { } domains)
        {
            var allowed = await domains.AllowsAsync(key, cancellationToken);
            if (!allowed.IsFound) return allowed;
        }
        if (options.Search(key) is not { } search) return LookupResult.None;
        using var limit = new CancellationTokenSource(Longest, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var failure = "";
        foreach (var server in InTurn())
        {
            try
            {
                var expansion = new LdapExpansion(options, server, both.Token);
                await expansion.CollectAsync(search, 1);
                server.Answered();
                return options.Format.Join(key, expansion.Values);
            }
            catch (LdapResultException error) when (error.Code == LdapResultException.NoSuchObject && options.Base.HasExpansions)
            {
                // A base that is made of the key may be missing; one that is the same for all is a mistake, which is no answer about a key.
                server.Answered();
                return LookupResult.None;
            }
            catch (Exception error) when (error is LdapResultException { IsOfServer: false } or LdapLimitException)
            {
                return LookupResult.Failed($"{server.Name}: {error.Message}");
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return LookupResult.Failed($"{server.Name}: no answer within {Longest.TotalSeconds:0} s");
            }
            catch (Exception error) when (error is IOException or InvalidDataException or SocketException or TimeoutException or LdapResultException or AuthenticationException)
            {
                failure = $"{server.Name}: {error.Message}";
                if (server.Failed()) Log.Lost(logger, failure);
            }
        }
        return LookupResult.Failed(failure);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        foreach (var server in _servers) server.Dispose();
        return ValueTask.CompletedTask;
    }

    private IEnumerable<LdapServer> InTurn() => _servers.Count == 1 ? _servers : _servers.OrderBy(server => server.FailedAt is { } failed && time.GetElapsedTime(failed) < RestAfterFailure);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "ldap server does not answer: {Reason}")]
        public static partial void Lost(ILogger logger, string reason);
    }
}
