using PolicyMTA.Sdk;

namespace PolicyMTA.Policy.Tests;

/// <summary><c>http</c>, <c>event</c> and <c>metric</c> in a rule.</summary>
public sealed class EndpointTests
{
    [Fact]
    public async Task Rule_asks_tells_and_counts_by_names_of_the_configuration()
    {
        var endpoints = new FakeEndpoints();
        await using var bench = new Bench { Endpoints = endpoints };
        bench.Stage("recipient", """
            export default [async ({ http, event, metric, sender }) => {
              const answer = await http('reputation', { sender: sender.address });
              event('seen', { list: [1, 'two'] });
              metric('asked');
              metric('points', 2.5);
              if (answer.status === 200 && answer.body.score > 5) return reject(`score ${answer.body.score}`);
            }];
            """);
        Assert.Equal("<alice@example.test>: Recipient address rejected: score 7", (await bench.RcptAsync()).Refusal?.Text);
        Assert.Equal(["http reputation {\"sender\":\"joe@good.test\"}", "event seen {\"list\":[1,\"two\"]}", "metric asked 1", "metric points 2.5"], endpoints.Heard);
    }

    [Theory]
    [InlineData("await http('nobody', {})", "451 4.3.0")]
    [InlineData("await http('broken', {})", "451 4.3.0")]
    [InlineData("event('nobody', {})", "451 4.3.0")]
    [InlineData("event('seen', { x: 'x'.repeat(65536) })", "451 4.3.0")]
    [InlineData("metric('Not-a-name', 1)", "451 4.3.0")]
    [InlineData("metric('less', -1)", "451 4.3.0")]
    [InlineData("event('seen', { x: 'x'.repeat(65000) }); metric('a'.repeat(64), 0)", null)]
    public async Task What_can_not_be_asked_or_told_is_a_failing_rule(string call, string? expected)
    {
        await using var bench = new Bench { Endpoints = new FakeEndpoints() };
        bench.Stage("recipient", $"export default [async ({{ http, event, metric }}) => {{ {call}; }}];");
        var refusal = (await bench.RcptAsync()).Refusal;
        Assert.Equal(expected, refusal is null ? null : $"{refusal.Code} {refusal.Status}");
    }

    private sealed class FakeEndpoints : IPolicyEndpoints
    {
        public List<string> Heard { get; } = [];

        public async ValueTask<string> CallAsync(string name, string request, CancellationToken cancellationToken)
        {
            await Task.Yield();
            if (name == "broken") throw new TemporaryFailureException("it is down");
            if (name != "reputation") throw new ConfigurationException("there is none");
            Heard.Add($"http {name} {request}");
            return """{"status":200,"body":{"score":7}}""";
        }

        public void Tell(string name, string data)
        {
            if (name != "seen") throw new ConfigurationException("there is none");
            Heard.Add($"event {name} {data}");
        }

        public void Count(string name, double value) => Heard.Add(FormattableString.Invariant($"metric {name} {value}"));
    }
}
