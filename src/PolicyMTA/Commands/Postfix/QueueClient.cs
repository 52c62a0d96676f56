using PolicyMTA.Control;
using PolicyMTA.Receiving.Submission;
using PolicyMTA.Sdk;

namespace PolicyMTA.Commands.Postfix;

/// <summary>The queue of a running server, for the programs of Postfix's names.</summary>
internal sealed class QueueClient : IDisposable
{
    private readonly ControlClient _control;

    private QueueClient(ControlClient control) => _control = control;

    /// <exception cref="FatalException">This user may not.</exception>
    public static QueueClient Open(Site site, string? authorization, string what)
    {
        var user = SystemUsers.Current;
        if (authorization is not null && !site.Allows(authorization)) throw new FatalException(SystemExit.NoPermission, $"User {user.Name}({user.Id}) is not allowed to {what}");
        return new QueueClient(new ControlClient(site.ControlSocket));
    }

    /// <summary>Prints the queue in one of the server's forms.</summary>
    public async Task ListAsync(string format, CancellationToken cancellationToken)
    {
        await using var output = Console.OpenStandardOutput();
        await _control.CopyAsync(ClientCall.Path("/queue", ("format", format)), output, cancellationToken);
    }

    /// <summary>Changes messages; how many.</summary>
    public async Task<int> ChangeAsync(string verb, IEnumerable<(string Name, string? Value)> query, CancellationToken cancellationToken) =>
        (await _control.PostAsync(ClientCall.Path($"/queue/{verb}", query), ControlJson.Default.TouchedReply, cancellationToken)).Messages;

    public Task<QueueReply> FindAsync(string id, CancellationToken cancellationToken) => _control.GetAsync($"/queue/{Uri.EscapeDataString(id)}", ControlJson.Default.QueueReply, cancellationToken);

    public async Task<byte[]> ReadAsync(string id, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        await _control.CopyAsync($"/queue/{Uri.EscapeDataString(id)}/content", content, cancellationToken);
        return content.ToArray();
    }

    public void Dispose() => _control.Dispose();
}
