using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using PolicyMTA.Plugins.Tests;
using PolicyMTA.Testing;

namespace PolicyMTA.Receiving.Tests;

/// <summary>chasquid's dialogues (<c>smtp/dialogs.json</c>): the code of each reply is that server's, or ours where we answer as Postfix does instead.</summary>
public sealed partial class DialogSuiteTests
{
    /// <summary>What we answer otherwise, by what the client said; the reason in the comment.</summary>
    private static readonly Dictionary<string, string> Ours = new(StringComparer.Ordinal)
    {
        ["AUTH SOMETHINGELSE"] = "535", // as Postfix
        ["dXNlckB0ZXN0c2VydmVyAHlalala=="] = "535", // as Postfix
        ["MAIL LALA: <>"] = "501",
        ["MAIL FROM:"] = "501",
        ["RCPT LALA: <>"] = "501",
        ["RCPT TO:"] = "501",
        ["MAIL FROM:<pepe>"] = "250", // $myorigin completes it
        ["RCPT TO:<pepe>"] = "550", // likewise, and then nobody knows it
        ["MAIL FROM:<a@xn--->"] = "503", // the one before it stands
        ["RCPT TO:<henryⅣ@testserver>"] = "554", // their domain, not ours
        ["GET /evil HTTP/1.1"] = "221",
        ["POST /evil HTTP/1.1"] = "221",
        ["CONNECT www.evil.com:80 HTTP/1.1"] = "221",
        ["bad_data"] = "250", // a line that is no field begins the body
        ["bad_data_dot"] = "250", // smtpd_forbid_bare_newline = normalize: it is no end
        ["bad_data_dot_on_message_too_big"] = "552", // likewise
    };

    public static TheoryData<string> Cases() => [.. Read().Select(one => one.GetProperty("id").GetString()!)];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public async Task A_dialogue_gets_its_codes(string id)
    {
        await using var server = await ReceivingServer.StartAsync(s => s with { MessageSizeLimit = 1 << 20, Syntax = s.Syntax with { StrictEnvelopes = false }, AuthFailureDelay = TimeSpan.Zero });
        Client? client = null;
        var said = "";
        foreach (var step in Read().Single(one => one.GetProperty("id").GetString() == id).GetProperty("steps").EnumerateArray())
        {
            var (name, value) = step.EnumerateObject().Select(property => (property.Name, property.Value.ToString())).First();
            switch (name)
            {
                case "connect":
                    if (client is not null) await client.DisposeAsync();
                    (client, said) = (await Client.ConnectAsync(server, value == "tls"), "");
                    break;
                case "close":
                    await client!.DisposeAsync();
                    client = null;
                    break;
                case "send" or "send_expression":
                    said = value;
                    await client!.SendAsync(name == "send" ? Translate(value) : Repeat(value));
                    break;
                default:
                    Assert.Equal(Expected(id, said, value), await client!.CodeAsync());
                    break;
            }
        }
        if (client is not null) await client.DisposeAsync();
    }

    private static List<JsonElement> Read()
    {
        using var suite = Suites.Find("smtp/dialogs.json");
        return suite is null ? [] : [.. suite.RootElement.GetProperty("cases").EnumerateArray().Select(one => one.Clone())];
    }

    private static string Expected(string id, string said, string expected)
    {
        var line = said.TrimEnd('\r', '\n');
        if (line.EndsWith('.') && Ours.TryGetValue(id, out var atTheEnd)) return atTheEnd;
        if (line.Length > 200) line = "long " + line[..4];
        return Ours.GetValueOrDefault(line, expected[..3]);
    }

    /// <summary>Their user is ours here.</summary>
    private static string Translate(string text)
    {
        var line = text.TrimEnd('\r', '\n');
        if (line.Length % 4 == 0 && line.Length > 20 && Convert.TryFromBase64String(line, new byte[line.Length], out _))
        {
            var login = Encoding.UTF8.GetString(Convert.FromBase64String(line)).Replace("user@testserver", "alice@example.test", StringComparison.Ordinal).Replace("secretpassword", "secret", StringComparison.Ordinal);
            return Convert.ToBase64String(Encoding.UTF8.GetBytes(login.StartsWith("alice", StringComparison.Ordinal) ? login[login.IndexOf('\0', StringComparison.Ordinal)..] : login)) + "\r\n";
        }
        return text.Replace("user@testserver", "alice@example.test", StringComparison.Ordinal);
    }

    private static string Repeat(string expression)
    {
        var match = Expression().Match(expression);
        Assert.True(match.Success, expression);
        var line = new string(match.Groups[1].Value[0], int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture)) + "\r\n";
        return string.Concat(Enumerable.Repeat(line, int.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture)));
    }

    [GeneratedRegex(@"^\('(.)' \* (\d+) \+ '\\r\\n'\) \* (\d+)$")]
    private static partial Regex Expression();

    private sealed class Client : IAsyncDisposable
    {
        private readonly TcpClient _socket = new();
        private Stream _stream = Stream.Null;
        private StreamReader _reader = StreamReader.Null;

        internal static async Task<Client> ConnectAsync(ReceivingServer server, bool isTls)
        {
            var client = new Client();
            await client._socket.ConnectAsync((IPEndPoint)server.Receiver.EndPoints[isTls ? "submissions" : "smtp"]);
            client._stream = client._socket.GetStream();
            if (isTls)
            {
                var tls = new SslStream(client._stream, false, (_, certificate, _, _) => certificate is not null);
                await tls.AuthenticateAsClientAsync("example.test");
                client._stream = tls;
            }
            client._reader = new StreamReader(client._stream);
            return client;
        }

        internal async Task SendAsync(string text) => await _stream.WriteAsync(Encoding.UTF8.GetBytes(text));

        internal async Task<string> CodeAsync()
        {
            while (true)
            {
                var line = await _reader.ReadLineAsync() ?? "closed";
                if (line.Length < 4 || line[3] != '-') return line[..3];
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stream.DisposeAsync();
            _socket.Dispose();
        }
    }
}
